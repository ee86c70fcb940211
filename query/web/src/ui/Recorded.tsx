import { Fragment } from 'react'
import { pieces } from './text'

/** Recorded text, as text: what a reader could not see is shown as an escape. `mark` is highlighted where it occurs. */
export function Recorded({ text, mark = '', most = 4000 }: { text: string; mark?: string; most?: number }) {
  const shown = text.length > most ? text.slice(0, most) : text
  return (
    <bdi>
      {pieces(shown).map((piece, i) =>
        piece.escape ? (
          <span key={i} className="escape">
            {piece.text}
          </span>
        ) : (
          <Fragment key={i}>{marked(piece.text, mark)}</Fragment>
        ),
      )}
      {shown.length < text.length && <span className="more">… {(text.length - shown.length).toLocaleString('en')} more</span>}
    </bdi>
  )
}

function marked(text: string, mark: string) {
  if (!mark) return text
  const parts = []
  const hay = text.toLowerCase()
  const needle = mark.toLowerCase()
  let at = 0
  for (let found = hay.indexOf(needle); found >= 0 && parts.length < 400; found = hay.indexOf(needle, at)) {
    parts.push(text.slice(at, found), <mark key={found}>{text.slice(found, found + needle.length)}</mark>)
    at = found + needle.length
  }
  parts.push(text.slice(at))
  return parts
}
