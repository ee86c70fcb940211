import { useQuery } from '@tanstack/react-query'
import { health } from '../api/queries'
import { took } from '../ui/format'
import s from './Health.module.css'

/** Whether the record can be read, and how fresh it is. */
export function Health() {
  const { data, error } = useQuery(health)
  const down = error !== null || (data !== undefined && data.status !== 'ok')
  const words = error?.message ?? data?.reason ?? (data?.stored ? `newest block stored ${data.stored}` : 'nothing is stored yet')
  return (
    <span className={`${s.health} ${down ? 'bad' : 'quiet'}`} title={words} role="status">
      <span className={down ? 'bad' : 'good'} aria-hidden="true">
        ●
      </span> {down ? 'record unreachable' : data?.lag_ms != null ? `lag ${took(data.lag_ms)}` : 'record ok'}
    </span>
  )
}
