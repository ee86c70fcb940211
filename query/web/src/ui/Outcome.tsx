import { toneOf } from './tone'

const signs = { good: '✓', bad: '✕', warn: '!', quiet: '·' }

/** How an exchange ended, in a sign, a colour and a word. */
export function Outcome({ outcome, code }: { outcome: string; code?: number | null }) {
  const tone = toneOf(outcome)
  return (
    <span className={`outcome ${tone}`}>
      <span aria-hidden="true">{signs[tone]}</span> {outcome || 'none'}
      {code != null && <span className="code"> {code}</span>}
    </span>
  )
}
