import { createContext, useContext, useEffect, useEffectEvent } from 'react'

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

/** Binds keys while the component is shown. A binding runs what its function is at the last rendering. */
export function useKeys(bindings: readonly Binding[], enabled = true) {
  const keys = useContext(KeysContext)
  const run = useEffectEvent((i: number) => bindings[i]?.run())
  // Functions are new at each rendering; what is bound changes only with this.
  const shape = JSON.stringify(bindings.map((b) => [b.keys, b.does]))
  useEffect(() => {
    if (!enabled) return
    const bound = JSON.parse(shape) as [string[], string][]
    return keys.add(bound.map(([names, does], i) => ({ keys: names, does, run: () => run(i) })))
  }, [keys, shape, enabled])
}
