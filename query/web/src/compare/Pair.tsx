import type { ComparedPair, Json } from '../api/types'
import { textOf } from '../json/lines'
import { Changes } from '../servers/Changes'
import { took } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import { Compared } from './Compared'
import s from './Pair.module.css'

const signs: Record<string, string> = { same: '=', changed: '≠', removed: '−', added: '+' }

/** A value that differs; how long something took is in milliseconds. */
const said = (what: string, value: Json) => (what === 'timing' && typeof value === 'number' ? took(value) : textOf(value))

/** An operation of A, the one in its place in B, and what is different. */
export function Pair({ pair }: { pair: ComparedPair }) {
  return (
    <>
      <div className={s.sides}>
        <Compared operation={pair.a} />
        <span className={`${s.sign} ${pair.kind === 'changed' ? 'warn' : 'dim'}`} title={pair.kind}>
          {signs[pair.kind] ?? '?'}
        </span>
        <Compared operation={pair.b} />
      </div>
      {pair.differences.map((d, i) => (
        <div key={i} className={s.difference}>
          <span className="tag warn">{d.what.replaceAll('_', ' ')}</span>{' '}
          {d.changes.length > 0 ? (
            <Changes changes={d.changes} />
          ) : (
            <span className="mono">
              <Recorded text={said(d.what, d.before as Json)} most={100} /> → <Recorded text={said(d.what, d.after as Json)} most={100} />
            </span>
          )}
        </div>
      ))}
    </>
  )
}
