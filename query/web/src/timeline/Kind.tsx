import type { EventKind, OperationKind } from '../api/words'

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
export function Kind({ kind, word = true }: { kind: string; word?: boolean }) {
  return (
    <span className={`kind k-${kind}`} title={kind}>
      <span className="sign" aria-hidden="true">
        {signs[kind as keyof typeof signs] ?? unknown}
      </span>
      {word && <span>{kind}</span>}
    </span>
  )
}
