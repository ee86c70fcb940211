import { Recorded } from '../ui/Recorded'
import { count } from '../ui/format'
import { plain } from '../ui/text'
import type { Line } from './lines'
import s from './JsonLine.module.css'

interface Props {
  line: Line
  mark: string
  /** The rule that cut this value. */
  cut: string | undefined
  current: boolean
  toggle: (path: string) => void
  show: (text: string) => void
}

/** A string longer than this is shown in part. */
const longest = 600

export function JsonLine({ line, mark, cut, current, toggle, show }: Props) {
  const { kind, text, name } = line
  return (
    <div className={`${s.line} ${current ? s.current : ''}`} style={{ paddingLeft: line.depth * 14 + 14 }}>
      {kind === 'open' && line.size > 0 && (
        <button type="button" className={s.fold} aria-expanded={!line.folded} aria-label={`${plain(name ?? 'value').slice(0, 100)}, ${line.size} members`} onClick={() => toggle(line.path)}>
          {line.folded ? '▸' : '▾'}
        </button>
      )}
      {name !== null && (
        <span className={s.name}>
          <Recorded text={name} mark={mark} most={200} />
          <span className="dim">: </span>
        </span>
      )}
      <span className={s[kind] ?? ''}>
        {kind === 'string' ? (
          <>
            "<Recorded text={text.length > longest ? text.slice(0, longest) : text} mark={mark} most={longest} />
            {text.length <= longest && '"'}
          </>
        ) : (
          text
        )}
      </span>
      {kind === 'string' && (text.length > longest || text.includes('\n')) && (
        <button type="button" className="link" onClick={() => show(text)}>
          {text.length > longest ? `… all ${count(text.length)} characters` : 'as text'}
        </button>
      )}
      {line.folded && <span className="dim"> {count(line.size)}</span>}
      {cut && (
        <span className="tag redacted" title="Cut out before it was recorded">
          {cut}
        </span>
      )}
      {line.comma && <span className="dim">,</span>}
    </div>
  )
}
