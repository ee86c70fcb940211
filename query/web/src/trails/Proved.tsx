import { count } from '../ui/format'
import { State } from '../ui/State'

/** What is proved of the sessions together: the weakest of them counts. */
export function Proved({ of, states }: { of: number; states: readonly string[] }) {
  const broken = states.filter((s) => s === 'broken').length
  const verified = states.filter((s) => s === 'verified').length
  if (broken > 0) {
    return (
      <State tone="bad">
        <span aria-hidden="true">✕</span> {count(broken)} of {count(of)} sessions broken
      </State>
    )
  }
  return (
    <State tone={verified === of ? 'good' : 'quiet'}>
      <span aria-hidden="true">#</span> {count(verified)} of {count(of)} sessions verified
    </State>
  )
}
