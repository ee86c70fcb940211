import type { EventKind, OperationKind } from '../api/words'
import s from './Kind.module.css'
import k from './kinds.module.css'

/** The sign of what no revision of MCP defines. */
const unknown = '∗'

/** What rows can be beside operations and events. */
type NoticeKind = 'unpaired' | 'break'

const signs: Record<EventKind | OperationKind | NoticeKind, string> = {
  tool: '⚙', resource: '▤', prompt: '¶', list: '≡', discover: '◎', initialize: '⊙', completion: '…', sampling: '✦', elicitation: '?',
  roots: '⌂', task: '◷', subscription: '⟳', logging: '✎', ping: '•', request: '→', answer: '←', notification: '⇢', open: '⊢', close: '⊣', gap: '▨', auth: '⚷',
  stderr: '!', noise: '~', http: '⇄', collector: '◉', other: unknown, unpaired: '⤬', break: '✕',
}

/** What sort of thing a row is, in a sign and a word. */
export function Kind({ kind, word = true, subdued = false }: { kind: string; word?: boolean; subdued?: boolean }) {
  return (
    <span className={`${s.kind} ${k[kind] ?? ''} ${subdued ? s.subdued : ''}`} title={kind}>
      <span className={s.sign} aria-hidden="true">
        {signs[kind as keyof typeof signs] ?? unknown}
      </span>
      {word && <span className={s.word}>{kind}</span>}
    </span>
  )
}
