/** Characters that a reader cannot see or that change how others are shown, as parts of a regular expression. */
const hidden = new RegExp(
  [
    // Controls without line feed and tab.
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]',
    // Hyphens, joiners and fillers that have no width.
    '[\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200d\\u3164\\uffa0]',
    // Marks of direction.
    '[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f]',
    // Separators and spaces that look like nothing or like others.
    '[\\u2028\\u2029\\u202f\\u205f-\\u2065]',
    // Variation selectors; the last two only where they are not part of an emoji.
    '[\\ufe00-\\ufe0d]',
    '(?<!\\p{Emoji})[\\ufe0e\\ufe0f]',
    // Byte order mark, annotations, tags.
    '[\\ufeff\\ufff0-\\ufffb]',
    '[\\u{e0000}-\\u{e0fff}]',
    // Halves of surrogate pairs.
    '[\\ud800-\\udbff](?![\\udc00-\\udfff])',
    '(?<![\\ud800-\\udbff])[\\udc00-\\udfff]',
  ].join('|'),
  'gu',
)

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
