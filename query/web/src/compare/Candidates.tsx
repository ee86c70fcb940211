import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { sessionOf, sessionsOf } from '../api/queries'
import { agentName, serverName } from '../sessions/names'
import { Empty } from '../ui/Empty'
import { count, several, short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'
import c from '../ui/Choices.module.css'
import css from './Candidates.module.css'

/** Sessions to compare with: of the same server where one side is chosen. */
export function Candidates({ a, choose }: { a: string; choose: (id: string) => void }) {
  const one = a !== '' && !a.startsWith('t-')
  const chosen = useQuery({ ...sessionOf(a), enabled: one })
  const server = chosen.data?.server.name
  // Before it is known which server it talked to, any other list would be taken back.
  const list = useInfiniteQuery({ ...sessionsOf(server ? { server: [server] } : {}), enabled: !one || chosen.isSuccess })
  const sessions = (list.data?.pages[0]?.items ?? []).filter((s) => s.id !== a)
  const box = useRef<HTMLUListElement>(null)
  useRowKeys({
    count: sessions.length,
    open: (i) => choose(sessions[i]!.id),
    show: (i) => box.current?.querySelectorAll('button')[i]?.focus(),
    does: { next: 'next session', previous: 'previous session', open: 'compare with the session' },
  })
  if (chosen.error) return <Trouble error={chosen.error} retry={() => void chosen.refetch()} />
  if (list.error) return <Trouble error={list.error} retry={() => void list.refetch()} />
  if (list.data && sessions.length === 0) {
    return (
      <Empty title={a ? 'Nothing to compare it with' : 'Nothing is recorded yet'}>
        <p>{a ? 'No other session talked to the same server. The id of any session or trail can be given above.' : 'Once two runs of an agent are recorded, they can be compared here.'}</p>
      </Empty>
    )
  }
  return (
    <>
      <Empty title={a ? 'With which one?' : 'Compare two runs'}>
        <p>{a ? 'These talked to the same server.' : 'Choose a session, or give ids of sessions or trails above.'} Operations are aligned by what was asked, in their order.</p>
      </Empty>
      <ul className={`${c.choices} ${css.boxed}`} ref={box} tabIndex={0} aria-label="Sessions to compare with">
        {sessions.map((s) => (
          <li key={s.id}>
            <button type="button" onClick={() => choose(s.id)}>
              <span>
                <Moment time={s.started} />{' '}
                <b>
                  <Recorded text={agentName(s)} most={60} /> → <Recorded text={serverName(s)} most={60} />
                </b>{' '}
                <span className={`dim ${c.note}`}>
                  {several(s.operations, 'request')}, {count(s.errors)} failed, {short(s.id)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
