import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { eventOf } from '../api/queries'
import { Kind } from '../timeline/Kind'
import { Message } from '../timeline/Message'
import type { Row } from '../timeline/rows'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import pane from '../ui/Pane.module.css'
import s from './Stage.module.css'

interface Props {
  session: string
  row: Row | undefined
  t: number
}

/** What is said now: a request, and its answer once its time has come. */
export function Stage({ session, row, t }: Props) {
  const operation = row?.type === 'operation' ? row.operation : undefined
  const over = !!row && row.end <= t && operation?.duration_ms !== null
  const seqs = operation ? [...operation.request_seqs, ...(over ? operation.answer_seqs : [])] : row?.type === 'fact' ? row.fact.seqs.slice(0, 3) : []
  const read = useQueries({ queries: seqs.slice(0, 8).map((seq) => eventOf(session, seq)) })
  const error = read.find((r) => r.error)?.error
  const events = read.flatMap((r) => r.data ?? [])
  return (
    <section className={pane.pane} aria-label="Now">
      <h2>
        Now{' '}
        {row && (row.type === 'operation' || row.type === 'fact') && (
          <>
            <Kind kind={operation?.kind ?? (row.type === 'fact' ? row.fact.kind : '')} />{' '}
            <Link to="/sessions/$id" params={{ id: session }} search={{ at: row.seq }}>
              <Recorded text={operation?.target || operation?.method || `event ${row.seq}`} most={60} />
            </Link>
          </>
        )}
      </h2>
      <div className={pane.body}>
        {error && <Trouble error={error} retry={() => read.forEach((r) => r.error && void r.refetch())} />}
        {events.map((e) => (
          <Message key={e.seq} event={e} whole={false} />
        ))}
        {operation && !over && (
          <p className={s.waiting} role="status">
            {operation.duration_ms === null ? 'No answer to this was recorded.' : 'Waiting for the answer …'}
          </p>
        )}
        {!row && <p className="dim">Nothing has happened yet. Press space to play.</p>}
      </div>
    </section>
  )
}
