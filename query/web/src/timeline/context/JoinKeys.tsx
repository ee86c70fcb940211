import { Recorded } from '../../ui/Recorded'
import { Entry } from './Entry'
import type { Key } from './related'

/** Keys in the messages by which sessions are joined to trails. */
export function JoinKeys({ keys }: { keys: readonly Key[] }) {
  return (
    <Entry name="keys">
      {keys.map((k, i) => (
        <div key={i}>
          <span className="dim">
            <Recorded text={k.where} most={80} />
          </span>{' '}
          <Recorded text={k.name} most={80} /> = <Recorded text={k.value} most={120} />
        </div>
      ))}
    </Entry>
  )
}
