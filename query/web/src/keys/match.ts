import type { Binding } from './keys'

/** The binding that a key runs: of the two keys in a row where `g` came before it, else of the key; the newest binding wins. */
export function bound(bindings: readonly Binding[], before: string, key: string): Binding | undefined {
  const pair = before === 'g' ? bindings.findLast((b) => b.keys.includes(`g ${key}`)) : undefined
  return pair ?? bindings.findLast((b) => b.keys.includes(key))
}
