import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { Copy } from '../ui/Copy'
import { Recorded } from '../ui/Recorded'
import { textLines } from './textlines'
import j from './JsonView.module.css'
import s from './LongText.module.css'

/** A long string as lines of text; only the seen ones are in the page. */
export function LongText({ text, label, close }: { text: string; label: string; close: () => void }) {
  const box = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => textLines(text), [text])
  const list = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => 18, overscan: 20 })
  return (
    <div className={j.json}>
      <div className={j.bar}>
        <button type="button" className="button small" onClick={close}>
          ← JSON
        </button>
        <span className="dim">{label}, text of one value</span>
        <Copy text={text} />
      </div>
      <div ref={box} className={j.lines} tabIndex={0} role="group" aria-label={`${label} as text`} style={{ height: Math.min(list.getTotalSize() + 10, 420) }}>
        <div className={j.tall} style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((v) => (
            <div key={v.key} className={s.line} style={{ transform: `translateY(${v.start}px)` }}>
              <span className={`dim num ${s.number}`}>{lines[v.index]!.number}</span>
              <Recorded text={lines[v.index]!.text} />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
