/**
 * Characters that a reader cannot see or that change how others are shown: controls,
 * marks of direction, zero-width ones, tags, and halves of surrogate pairs.
 */
const hidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb]|(?<!\p{Emoji})[\ufe0e\ufe0f]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu

export interface Piece {
  text: string
  /** Whether the text is an escape in place of a character. */
  escape: boolean
}

/** Cuts text where a hidden character stands, and names it. Line feeds and tabs stay. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = []
  let at = 0
  for (const match of text.matchAll(hidden)) {
    if (match.index > at) out.push({ text: text.slice(at, match.index), escape: false })
    out.push({ text: escapeOf(match[0]), escape: true })
    at = match.index + match[0].length
  }
  if (at < text.length || out.length === 0) out.push({ text: text.slice(at), escape: false })
  return out
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!
  if (code === 0x1b) return '\\e'
  if (code === 0x0d) return '\\r'
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The same as one text, for titles and labels. */
export function plain(text: string): string {
  return pieces(text).map((p) => p.text).join('')
}
