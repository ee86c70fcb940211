import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { flowsOf } from '../../api/queries'
import { Recorded } from '../../ui/Recorded'
import { Trouble } from '../../ui/Trouble'
import s from './Context.module.css'

/** Where unusual values of an operation came from, and where they went. Reads the whole session, so only when asked. */
export function Flows({ session, operation }: { session: string; operation: string }) {
  const [asked, ask] = useState(false)
  const read = useQuery({ ...flowsOf(session), enabled: asked })
  if (!asked) {
    return (
      <button type="button" className={`link ${s.line}`} onClick={() => ask(true)}>
        trace its values
      </button>
    )
  }
  if (read.error) return <Trouble error={read.error} />
  if (!read.data) return <span className="dim">Reading …</span>
  const flows = read.data.items.filter((f) => f.from.operation === operation || f.to.operation === operation)
  if (flows.length === 0) return <span className="dim">No unusual value of it comes from, or comes back in, another operation.</span>
  return (
    <>
      {flows.map((f, i) => {
        const into = f.from.operation === operation
        const other = into ? f.to : f.from
        return (
          <div key={i}>
            <span className="dim">{into ? 'into' : 'from'}</span>{' '}
            <Link to="/sessions/$id" params={{ id: other.session_id }} search={{ at: into ? f.values[0]?.to_seq : f.values[0]?.from_seq }}>
              <Recorded text={other.method} most={60} /> <Recorded text={other.target} most={80} />
            </Link>
            {f.across && <span className="tag warn">another server</span>}
            {f.values.map((v, n) => (
              <div key={n} className="mono">
                <Recorded text={v.value} most={120} />{' '}
                <span className="dim">
                  <Recorded text={v.from_pointer} most={80} /> → <Recorded text={v.to_pointer} most={80} />
                </span>
              </div>
            ))}
          </div>
        )
      })}
    </>
  )
}
