/** The search part of an address: plain names and values, a list repeats its name. */
export function parseSearch(text: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const before = found[name]
    found[name] = before === undefined ? value : [before, value].flat()
  }
  return found
}

export function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v !== undefined && v !== null && v !== '' && v !== false) out.append(name, String(v))
    }
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

type Raw = Record<string, unknown>

export const one = (raw: Raw, name: string): string | undefined => {
  const value = raw[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? first : undefined
}

export const many = (raw: Raw, name: string): string[] | undefined => {
  const value = raw[name]
  const list = (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === 'string' && v !== '')
  return list.length > 0 ? list : undefined
}

export const number = (raw: Raw, name: string): number | undefined => {
  const value = raw[name]
  const n = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN
  return Number.isFinite(n) ? n : undefined
}

export const word = <T extends string>(raw: Raw, name: string, words: readonly T[]): T | undefined => {
  const value = one(raw, name)
  return words.find((w) => w === value)
}

/** Those values of a list that are known words; undefined where none is. */
export const someOf = <T extends string>(raw: Raw, name: string, words: readonly T[]): T[] | undefined => {
  const found = many(raw, name)?.filter((v): v is T => (words as readonly string[]).includes(v))
  return found?.length ? found : undefined
}

/** The list with the value if it was not in it, else without; undefined instead of an empty one. */
export const toggled = <T>(list: readonly T[] | null | undefined, value: T): T[] | undefined => {
  const now = list ?? []
  const next = now.includes(value) ? now.filter((v) => v !== value) : [...now, value]
  return next.length > 0 ? next : undefined
}
