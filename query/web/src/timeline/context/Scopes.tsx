import type { Operation } from '../../api/types'
import { Recorded } from '../../ui/Recorded'

/** The scopes that were granted and required, and what was decided. */
export function Scopes({ scopes: { granted, required, decision } }: { scopes: Operation['scopes'] }) {
  return (
    <>
      {granted.length === 0 ? <span className="dim">none seen</span> : <Recorded text={granted.join(' ')} most={300} />}
      {required.length > 0 && (
        <>
          {' '}
          · required <Recorded text={required.join(' ')} most={300} />
        </>
      )}
      {decision && <b className={decision === 'denied' ? 'bad' : 'good'}> {decision}</b>}
    </>
  )
}
