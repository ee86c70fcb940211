import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { eventOf } from '../api/queries'
import { PinDialog } from '../cases/PinDialog'
import { useKeys } from '../keys/keys'
import type { Source } from '../api/types'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { Segmented } from '../ui/Segmented'
import { Trouble } from '../ui/Trouble'
import { took } from '../ui/format'
import { Context } from './context/Context'
import { Kind } from './Kind'
import { Message } from './Message'
import { subjectOf } from './subject'
import s from './Detail.module.css'

interface Props {
  source: Source
  seq: number
  close: () => void
  go: (seq: number) => void
}

/** Messages of one operation that are read at once. */
const most = 40

/** What is behind one row: what was said, word for word, and what is known about it. */
export function Detail({ source, seq, close, go }: Props) {
  const [tab, setTab] = useState<'said' | 'messages' | 'context'>('said')
  const [pinning, setPinning] = useState(false)
  useKeys([{ keys: ['p'], does: 'pin to a case', run: () => setPinning(true) }])
  const { operation, fact, seqs, exchanged } = subjectOf(source, seq)
  const read = useQueries({ queries: seqs.slice(0, most).map((n) => eventOf(source.session, n)) })
  const error = read.find((r) => r.error)?.error
  const events = read.flatMap((r) => r.data ?? [])
  return (
    <aside className={s.detail} aria-label="Detail">
      <header>
        <Kind kind={operation?.kind ?? fact?.kind ?? 'event'} />
        <h2>
          <span className="mono">
            <Recorded text={operation?.method ?? fact?.method ?? `event ${seq}`} most={80} />
          </span>{' '}
          <Recorded text={operation?.target ?? fact?.target ?? ''} most={300} />
        </h2>
        <button type="button" className="button small push" onClick={() => setPinning(true)}>
          Pin
        </button>
        <button type="button" className="button small" aria-label="Close the detail" onClick={close}>
          ×
        </button>
        {operation && (
          <p className={s.summary}>
            <Outcome outcome={operation.outcome} code={operation.error_code} /> <span className="dim">in</span> {took(operation.duration_ms)}{' '}
            <span className="dim">· seq</span> {seqs.slice(0, 6).join(', ')}
            {seqs.length > 6 && ' …'}
          </p>
        )}
      </header>
      <Segmented
        label="Detail"
        value={tab}
        options={[
          ['said', operation ? 'Arguments & result' : 'Content'],
          ['messages', `Messages ${seqs.length}`],
          ['context', 'Context'],
        ]}
        onChange={setTab}
      />
      <div className={s.body}>
        {error && <Trouble error={error} retry={() => read.forEach((r) => void r.refetch())} />}
        {tab === 'context' ? (
          <Context source={source} operation={operation} events={events} go={go} />
        ) : (
          events
            .filter((e) => tab === 'messages' || !exchanged || exchanged.has(e.seq))
            .map((e) => <Message key={`${e.seq} ${e.collector_seq}`} event={e} whole={tab === 'messages'} />)
        )}
        {tab !== 'context' && seqs.length > most && <p className="dim">The first {most} of {seqs.length} messages. The view “Messages” has all.</p>}
        {read.some((r) => r.isPending) && <p className="reading">Reading …</p>}
      </div>
      {pinning && <PinDialog session={source.session} seq={operation?.seq ?? seq} close={() => setPinning(false)} />}
    </aside>
  )
}
