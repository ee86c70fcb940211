import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import { KeysContext, type Binding, type Keys } from './keys'
import { bound } from './match'

/** Where a key means text, shortcuts are silent. */
function typing(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null
  return !!element?.closest('input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]')
}

/** Listens once for all bindings. The newest binding of a key wins, so that a dialog covers its page. */
export function KeysProvider({ children }: { children: ReactNode }) {
  const groups = useRef<(readonly Binding[])[]>([])
  const keys = useMemo<Keys>(
    () => ({
      add(bindings) {
        groups.current = [...groups.current, bindings]
        return () => {
          groups.current = groups.current.filter((g) => g !== bindings)
        }
      },
      all: () => groups.current.flat(),
    }),
    [],
  )
  useEffect(() => {
    let before = ''
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return
      // A dialog has its own keys: Escape, and what is typed into it.
      if (document.querySelector('dialog[open]') && e.key !== '?') return
      if (typing(e.target)) {
        // Chromium would empty a search box.
        if (e.key === 'Escape') e.preventDefault()
        if (e.key === 'Escape' || (e.key === 'Enter' && e.target instanceof HTMLInputElement && !e.target.form)) (e.target as HTMLElement).blur()
        return
      }
      // Space and Enter belong to the button or link that has the focus.
      if ((e.key === ' ' || e.key === 'Enter') && e.target instanceof Element && e.target.closest('button, a, summary, input')) return
      const hit = bound(groups.current.flat(), before, e.key)
      before = e.key
      if (!hit) return
      e.preventDefault()
      hit.run()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return <KeysContext.Provider value={keys}>{children}</KeysContext.Provider>
}
