import { useEffect, useRef } from 'react'
import type { DefinitionSummary } from '../api/types'
import { Kind } from '../timeline/Kind'
import { several } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { useDraft } from '../ui/useDraft'
import { useRowKeys } from '../ui/useRowKeys'
import type { ServersSearch } from './search'
import c from '../ui/Choices.module.css'
import pane from '../ui/Pane.module.css'
import s from './DefinitionList.module.css'

interface Props {
  definitions: readonly DefinitionSummary[]
  search: ServersSearch
  change: (to: Partial<ServersSearch>) => void
  more: (() => void) | undefined
  reading: boolean
  error: Error | null
}

/** Tools, prompts and resources by name. */
export function DefinitionList({ definitions, search, change, more, reading, error }: Props) {
  const [text, setText] = useDraft(search.text ?? '')
  const open = (d: DefinitionSummary) => change({ server: d.server, kind: d.kind, name: d.name })
  const chosen = definitions.findIndex((d) => d.name === search.name && d.server === search.server && d.kind === (search.kind ?? 'tool'))
  const list = useRef<HTMLUListElement>(null)
  const [, setAt] = useRowKeys({
    count: definitions.length,
    open: (i) => open(definitions[i]!),
    show: (i) => open(definitions[i]!),
    does: { next: 'next definition', previous: 'previous definition', open: 'show its history' },
  })
  useEffect(() => {
    setAt(chosen)
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen, setAt])
  return (
    <section className={pane.pane} aria-label="Definitions">
      <h2 className={s.filter}>
        <input
          type="search"
          data-slash=""
          aria-label="Part of a name"
          placeholder="Part of a name   /"
          value={text}
          onChange={(e) => {
            setText(e.target.value)
            change({ text: e.target.value || undefined })
          }}
        />
        <button type="button" className="chip" aria-pressed={!!search.changed} onClick={() => change({ changed: search.changed ? undefined : '1' })}>
          changed only
        </button>
      </h2>
      {error && <Trouble error={error} />}
      <ul className={c.choices} ref={list} tabIndex={0} aria-label="List of definitions">
        {definitions.map((d, i) => (
          <li key={`${d.server} ${d.kind} ${d.name}`}>
            <button type="button" aria-pressed={i === chosen} onClick={() => open(d)}>
              <span className={s.named}>
                <Kind kind={d.kind === 'resource_template' ? 'resource' : d.kind} word={false} />{' '}
                <b>
                  <Recorded text={d.name} most={120} />
                </b>
                {d.versions > 1 && <span className="tag warn">{several(d.versions, 'version')}</span>}
              </span>
              <span className={`dim ${c.note}`}>
                {!search.server && <Recorded text={d.server} most={60} />} changed <Moment time={d.changed} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {definitions.length === 0 && !error && <p className="reading">{reading ? 'Reading …' : 'No name is like that.'}</p>}
      {more && (
        <button type="button" className="button" onClick={more}>
          More
        </button>
      )}
    </section>
  )
}
