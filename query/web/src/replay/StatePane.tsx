import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { eventOf } from '../api/queries'
import { Kind } from '../timeline/Kind'
import type { Row } from '../timeline/rows'
import { toneOf } from '../ui/tone'
import { count, took } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { KnownList } from './KnownList'
import { known, standing, type OperationRow } from './state'
import pane from '../ui/Pane.module.css'
import css from './StatePane.module.css'

interface Props {
  session: string
  rows: readonly Row[]
  t: number
  seek: (t: number) => void
}

/** List answers that are read for what they say. */
const most = 60

/** How things stood at the time: calls in flight, what the client knew, what data it had. */
export function StatePane({ session, rows, t, seek }: Props) {
  const operations = useMemo(() => rows.filter((r): r is OperationRow => r.type === 'operation'), [rows])
  const lists = useMemo(() => operations.filter((r) => r.operation.kind === 'list' && r.operation.answer_seqs.length > 0).slice(0, most), [operations])
  const read = useQueries({ queries: lists.map((r) => ({ ...eventOf(session, r.operation.answer_seqs[0]!), enabled: r.start <= t })) })
  const error = read.find((r) => r.error)?.error
  const answers = new Map(read.flatMap((r) => (r.data ?? []).map((e) => [e.seq, e] as const)))
  const s = standing(operations, t, (o) => toneOf(o.outcome) === 'bad')
  return (
    <section className={pane.pane} aria-label="State">
      <h2>State</h2>
      <div className={`${pane.body} ${css.state}`}>
        <p className={css.tally}>
          <b>{count(s.done)}</b> done · <span className={s.failed > 0 ? 'bad' : 'dim'}>{count(s.failed)} failed</span> · {count(s.inFlight.length)} in flight
        </p>
        <h3>In flight</h3>
        {s.inFlight.length === 0 ? (
          <p className="dim">nothing</p>
        ) : (
          <ul>
            {s.inFlight.slice(-12).map((r) => (
              <li key={r.seq}>
                <Kind kind={r.operation.kind} word={false} /> <Recorded text={r.operation.target || r.operation.method} most={60} />{' '}
                <span className="warn num push">{took(t - r.start)}</span>
              </li>
            ))}
          </ul>
        )}
        <h3>Known to the client</h3>
        {error && <Trouble error={error} retry={() => read.forEach((r) => r.error && void r.refetch())} />}
        {[...known(rows, answers, t)].map(([list, k]) => (
          <KnownList key={list} list={list} known={k} />
        ))}
        {lists.every((r) => r.end > t) && <p className="dim">no list was read yet</p>}
        <h3>Data seen</h3>
        {s.seen.length === 0 ? (
          <p className="dim">none yet</p>
        ) : (
          <ul>
            {s.seen
              .slice(-40)
              .toReversed()
              .map((d) => (
                <li key={`${d.kind} ${d.target}`}>
                  <button type="button" className="link" onClick={() => seek(d.last.end)}>
                    <Kind kind={d.kind} word={false} /> <Recorded text={d.target} most={80} />
                  </button>
                  {d.times > 1 && <span className="tag">×{d.times}</span>}
                </li>
              ))}
          </ul>
        )}
      </div>
    </section>
  )
}
