import { toneOf } from './tone'
import s from './Outcome.module.css'

const signs = { good: '✓', bad: '✕', warn: '!', quiet: '·' }

/** How an exchange ended, in a sign, a colour and a word. */
export function Outcome({ outcome, code }: { outcome: string; code?: number | null }) {
  const tone = toneOf(outcome)
  return (
    <span className={`${s.outcome} ${tone}`}>
      <span className={s.sign} aria-hidden="true">{signs[tone]}</span> {outcome || 'none'}
      {code != null && <span className={s.code}> {code}</span>}
    </span>
  )
}
