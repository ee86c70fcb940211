import { Recorded } from '../../ui/Recorded'
import { Entry } from './Entry'
import type { Cut } from './related'

/** What was cut out before it was recorded: by which rule, where it stood, and the token in its place. */
export function Cuts({ cuts }: { cuts: readonly Cut[] }) {
  return (
    <Entry name="cut out">
      {cuts.map((c, i) => (
        <div key={i}>
          <span className="tag redacted">{c.rule}</span> seq {c.seq}{' '}
          <code>
            <Recorded text={c.pointer || '/'} most={120} />
          </code>{' '}
          <span className="dim">
            {c.length} bytes, {c.token}
          </span>
        </div>
      ))}
    </Entry>
  )
}
