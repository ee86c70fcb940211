import { markedParts } from './marked'
import { pieces } from './text'
import s from './Recorded.module.css'

/** Recorded text, as text: what a reader could not see is shown as an escape. `mark` is highlighted where it occurs. */
export function Recorded({ text, mark = '', most = 4000 }: { text: string; mark?: string; most?: number }) {
  const shown = text.length > most ? text.slice(0, most) : text
  return (
    <bdi>
      {pieces(shown).map((piece, i) =>
        piece.escape ? (
          <span key={i} className={s.escape}>
            {piece.text}
          </span>
        ) : (
          markedParts(piece.text, mark).map((part, n) => (part.marked ? <mark key={`${i} ${n}`}>{part.text}</mark> : part.text))
        ),
      )}
      {shown.length < text.length && <span className="dim">… {(text.length - shown.length).toLocaleString('en')} more</span>}
    </bdi>
  )
}
