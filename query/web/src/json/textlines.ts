/** Characters that a line holds before it goes on in the next. */
const widest = 160

export interface TextLine {
  text: string
  /** Number of the line in the text, from 1; null where a long line goes on. */
  number: number | null
}

/** Cuts a text into lines of a bounded length, so that each is one row of a virtual list. */
export function textLines(text: string): TextLine[] {
  const cut: TextLine[] = []
  text.split('\n').forEach((line, i) => {
    for (let at = 0; at === 0 || at < line.length; at += widest) cut.push({ text: line.slice(at, at + widest), number: at === 0 ? i + 1 : null })
  })
  return cut
}
