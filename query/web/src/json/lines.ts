import { LongNumber, type Json } from '../api/types'

/** One line of a JSON value as it is read. */
export interface Line {
  /** Way from the root, which also names what is folded. */
  path: string
  depth: number
  name: string | null
  kind: 'open' | 'close' | 'string' | 'number' | 'word'
  text: string
  /** How many members are in what the line opens. */
  size: number
  folded: boolean
  comma: boolean
}

type Members = readonly (readonly [string | null, Json])[]

/** Writes a value line by line, without the inside of what is folded. */
export function linesOf(value: Json, folded: ReadonlySet<string>): Line[] {
  const lines: Line[] = []
  const add = (line: Omit<Line, 'size' | 'folded'> & Partial<Line>) => lines.push({ size: 0, folded: false, ...line })
  const container = (members: Members, brackets: string, at: { path: string; depth: number; name: string | null; comma: boolean }) => {
    const shut = folded.has(at.path) && members.length > 0
    const text = members.length === 0 ? brackets : shut ? `${brackets[0]}…${brackets[1]}` : brackets[0]!
    add({ ...at, kind: 'open', text, size: members.length, folded: shut, comma: at.comma && (shut || members.length === 0) })
    if (shut || members.length === 0) return
    members.forEach(([name, member], i) =>
      walk(member, name, `${at.path}/${(name ?? String(i)).replaceAll('~', '~0').replaceAll('/', '~1')}`, at.depth + 1, i < members.length - 1),
    )
    add({ ...at, path: `${at.path}#`, name: null, kind: 'close', text: brackets[1]! })
  }
  const walk = (v: Json, name: string | null, path: string, depth: number, comma: boolean): void => {
    const at = { path, depth, name, comma }
    if (typeof v === 'string') add({ ...at, kind: 'string', text: v })
    else if (v instanceof LongNumber) add({ ...at, kind: 'number', text: v.text })
    else if (typeof v === 'number') add({ ...at, kind: 'number', text: String(v) })
    else if (v === null || typeof v === 'boolean') add({ ...at, kind: 'word', text: String(v) })
    else if (Array.isArray(v)) container((v as readonly Json[]).map((m) => [null, m] as const), '[]', at)
    else container(Object.entries(v as { readonly [name: string]: Json }), '{}', at)
  }
  walk(value, null, '', 0, false)
  return lines
}

/** The value as JSON text, two spaces deep. */
export function textOf(value: Json): string {
  return linesOf(value, new Set())
    .map((l) => '  '.repeat(l.depth) + (l.name === null ? '' : `${JSON.stringify(l.name)}: `) + (l.kind === 'string' ? JSON.stringify(l.text) : l.text) + (l.comma ? ',' : ''))
    .join('\n')
}
