import { Recorded } from '../ui/Recorded'
import s from './Findings.module.css'

const most = 3

/** What does not fit the seals of a session, in the verifier's words. */
export function Findings({ of }: { of: readonly string[] }) {
  if (of.length === 0) return null
  return (
    <ul className={`${s.findings} bad`}>
      {of.slice(0, most).map((finding) => (
        <li key={finding}>
          <Recorded text={finding} most={400} />
        </li>
      ))}
      {of.length > most && <li>… and more: mcptrail verify names all of it</li>}
    </ul>
  )
}
