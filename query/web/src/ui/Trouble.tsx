import { Link } from '@tanstack/react-router'
import { Problem } from '../api/client'
import s from './Trouble.module.css'

/** An error in the service's own sentence, and what can be done about it. */
export function Trouble({ error, retry }: { error: Error; retry?: () => void }) {
  const status = error instanceof Problem ? error.status : -1
  return (
    <div className={s.trouble} role="alert">
      <strong>{status === 0 ? 'No answer' : status === 404 ? 'Not in the record' : 'This could not be shown'}</strong>
      <p>{error.message}</p>
      {status === 404 && (
        <p>
          Perhaps the link was cut short. <Link to="/sessions">All sessions</Link> that are recorded.
        </p>
      )}
      {retry && status !== 404 && (
        <button type="button" className={`button ${s.retry}`} onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}
