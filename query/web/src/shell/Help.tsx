import { useContext, useEffect, useRef } from 'react'
import { KeysContext, useKeys } from '../keys/keys'
import d from '../ui/Dialog.module.css'
import s from './Help.module.css'

const names: Record<string, string> = { ' ': 'space', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'esc' }

/** All keys that work where it was opened. */
export function Help({ close }: { close: () => void }) {
  const keys = useContext(KeysContext)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  useKeys([{ keys: ['?'], does: 'close this help', run: close }])
  const seen = new Set<string>()
  const bindings = keys.all().filter((b) => !seen.has(b.does) && seen.add(b.does))
  return (
    <dialog ref={dialog} className={d.dialog} aria-labelledby="help-title" onClose={close} onClick={(e) => e.target === dialog.current && close()}>
      <h2 id="help-title">Keys</h2>
      <dl className={s.keys}>
        {bindings.map((b) => (
          <div key={b.does}>
            <dt>
              {b.keys.map((k) => (
                <kbd key={k}>{names[k] ?? k}</kbd>
              ))}
            </dt>
            <dd>{b.does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={close}>
        Close
      </button>
    </dialog>
  )
}
