import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { Json } from '../api/types'
import { Copy } from '../ui/Copy'
import { JsonLine } from './JsonLine'
import { linesOf, textOf } from './lines'
import { LongText } from './LongText'
import s from './JsonView.module.css'

interface Props {
  value: Json
  label: string
  /** Pointers of what was cut out, with the rule that did it. */
  cuts?: ReadonlyMap<string, string>
}

/** A JSON value that can be folded, searched and copied. Of a long one only the seen lines are in the page. */
export function JsonView({ value, label, cuts }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [mark, setMark] = useState('')
  const [whole, setWhole] = useState<string | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => linesOf(value, folded), [value, folded])
  const hits = useMemo(() => {
    const needle = mark.toLowerCase()
    return needle === '' ? [] : lines.flatMap((l, i) => (`${l.name ?? ''}\n${l.text}`.toLowerCase().includes(needle) ? [i] : []))
  }, [lines, mark])
  const [hit, setHit] = useState(0)
  const list = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => 19, overscan: 20 })
  const toggle = (path: string) => {
    const next = new Set(folded)
    if (!next.delete(path)) next.add(path)
    setFolded(next)
  }
  const find = (to: number) => {
    if (hits.length === 0) return
    const next = (to + hits.length) % hits.length
    setHit(next)
    list.scrollToIndex(hits[next]!, { align: 'center' })
  }
  if (whole !== null) return <LongText text={whole} label={label} close={() => setWhole(null)} />
  return (
    <div className={s.json}>
      <div className={s.bar}>
        <span className="dim">{label}</span>
        {lines.length > 8 && (
          <input
            type="search"
            aria-label={`Find in ${label}`}
            placeholder="find"
            value={mark}
            onChange={(e) => {
              setMark(e.target.value)
              setHit(0)
            }}
            onKeyDown={(e) => e.key === 'Enter' && find(hit + (e.shiftKey ? -1 : 1))}
          />
        )}
        {mark && <span className="dim num">{hits.length === 0 ? 'none' : `${Math.min(hit + 1, hits.length)}/${hits.length}`}</span>}
        <Copy text={() => (typeof value === 'string' ? value : textOf(value))} />
      </div>
      <div ref={box} className={s.lines} tabIndex={0} role="group" aria-label={label} style={{ height: Math.min(list.getTotalSize() + 10, 420) }}>
        <div className={s.tall} style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((v) => (
            <div key={v.key} data-index={v.index} ref={list.measureElement} className={s.place} style={{ transform: `translateY(${v.start}px)` }}>
              <JsonLine line={lines[v.index]!} mark={mark} cut={cuts?.get(lines[v.index]!.path)} current={hits[hit] === v.index && mark !== ''} toggle={toggle} show={setWhole} />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
