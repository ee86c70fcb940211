import { createContext, useContext, useEffect, useRef } from 'react'

/** Some keys that do one thing. Two keys in a row are written `g s`. */
export interface Binding {
  keys: readonly string[]
  /** What it does, for the help. */
  does: string
  run: () => void
}

export interface Keys {
  add(bindings: readonly Binding[]): () => void
  all(): readonly Binding[]
}

export const KeysContext = createContext<Keys>({ add: () => () => {}, all: () => [] })

/** Binds keys while the component is shown. */
export function useKeys(bindings: readonly Binding[], enabled = true) {
  const keys = useContext(KeysContext)
  const latest = useRef(bindings)
  latest.current = bindings
  const shape = bindings.map((b) => b.keys.join(' or ') + b.does).join('\n')
  useEffect(() => {
    if (!enabled) return
    return keys.add(
      latest.current.map((b, i) => ({ keys: b.keys, does: b.does, run: () => latest.current[i]!.run() })),
    )
  }, [keys, shape, enabled])
}
