/** A piece of text that is highlighted or not. */
export interface Part {
  text: string
  marked: boolean
}

/** A text with more occurrences is shown with the first ones highlighted. */
const mostMarks = 200

/** Lower case without a change of length, so that places in the result are places in the text ("İ" would become two characters). */
const folded = (text: string): string => {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : Array.from(text, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join('')
}

/** Cuts a text where a word occurs in it, in any case. */
export function markedParts(text: string, word: string): Part[] {
  if (word === '') return [{ text, marked: false }]
  const hay = folded(text)
  const needle = folded(word)
  const parts: Part[] = []
  let at = 0
  for (let found = hay.indexOf(needle); found >= 0 && parts.length < 2 * mostMarks; found = hay.indexOf(needle, at)) {
    if (found > at) parts.push({ text: text.slice(at, found), marked: false })
    parts.push({ text: text.slice(found, found + needle.length), marked: true })
    at = found + needle.length
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), marked: false })
  return parts
}
