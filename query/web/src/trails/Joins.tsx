import { Link } from '@tanstack/react-router'
import type { Integrity, Trail } from '../api/types'
import { short } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import { Confidence } from './Confidence'
import { Editing } from './Editing'
import { Members } from './Members'
import s from './Joins.module.css'

/** Why the sessions of a trail belong together, what speaks against it, and what people said. */
export function Joins({ trail, proved }: { trail: Trail; proved: ReadonlyMap<string, Integrity> }) {
  return (
    <section className={s.joins} aria-label="Why one trail" tabIndex={0}>
      <Members trail={trail} proved={proved} />
      {trail.joins.length === 0 ? (
        <p className="dim">It is one session; nothing had to be joined.</p>
      ) : (
        <ul>
          {trail.joins.map((j, i) => (
            <li key={i}>
              <Confidence confidence={j.confidence} /> <b>{j.rule}</b>{' '}
              {j.key && (
                <>
                  <code><Recorded text={j.key} most={80} /></code> = <Recorded text={j.value} most={80} />{' '}
                </>
              )}
              <span className="dim"><Recorded text={j.why} most={300} /></span>{' '}
              {[j.evidence_a, j.evidence_b].map(
                (e, n) =>
                  e && (
                    <Link key={n} to="/sessions/$id" params={{ id: e.session_id }} search={{ at: e.seq }}>
                      {short(e.session_id)} · {e.seq} <span className="dim"><Recorded text={e.place} most={80} /></span>{' '}
                    </Link>
                  ),
              )}
            </li>
          ))}
        </ul>
      )}
      {trail.conflict_list.map((c, i) => (
        <p key={i} className="warn">
          conflict, {c.kind.replaceAll('_', ' ')}: <Recorded text={c.why} most={300} /> {c.key && <code><Recorded text={c.key} most={80} /></code>} <Recorded text={c.value} most={80} />
        </p>
      ))}
      <Editing trail={trail} />
    </section>
  )
}
