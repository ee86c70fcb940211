const signs: Record<string, string> = {
  tool: '⚙', resource: '▤', prompt: '¶', list: '≡', discover: '◎', initialize: '⊙', completion: '…', sampling: '✦', elicitation: '?',
  roots: '⌂', task: '◷', subscription: '⟳', logging: '✎', ping: '•', request: '→', answer: '←', notification: '⇢', open: '⊢', close: '⊣', gap: '▨', auth: '⚷',
  stderr: '!', noise: '~', http: '⇄', unpaired: '⤬', break: '✕',
}

/** What sort of thing a row is, in a sign and a word. */
export function Kind({ kind, word = true }: { kind: string; word?: boolean }) {
  return (
    <span className={`kind k-${kind}`} title={kind}>
      <span className="sign" aria-hidden="true">
        {signs[kind] ?? '∗'}
      </span>
      {word && <span>{kind}</span>}
    </span>
  )
}
