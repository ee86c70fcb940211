import s from './Confidence.module.css'

const means: Record<string, string> = {
  reported: 'a person said so',
  exact: 'one key of one principal',
  derived: 'follows from several keys',
  inferred: 'likely, from identity and time',
}

/** How sure a join is. */
export function Confidence({ confidence }: { confidence: string }) {
  return (
    <span className={`${s.confidence} ${s[confidence] ?? ''}`} title={means[confidence]}>
      {confidence}
    </span>
  )
}
