import type { Event, Json, Operation } from '../api/types'
import type { Row } from '../timeline/rows'

export type OperationRow = Extract<Row, { type: 'operation' }>

export interface Standing {
  inFlight: readonly OperationRow[]
  done: number
  failed: number
  /** What results were read from, the newest last. */
  seen: readonly Seen[]
}

export interface Seen {
  kind: string
  target: string
  times: number
  last: OperationRow
}

const giving = new Set(['tool', 'resource', 'prompt'])

/** How things stood at a time. */
export function standing(operations: readonly OperationRow[], t: number, failed: (o: Operation) => boolean): Standing {
  const inFlight: OperationRow[] = []
  const seen = new Map<string, Seen>()
  let done = 0
  let bad = 0
  for (const row of operations) {
    if (row.start > t) continue
    const o = row.operation
    if (row.end > t || o.duration_ms === null) {
      inFlight.push(row)
      continue
    }
    done++
    if (failed(o)) bad++
    if (!giving.has(o.kind) || o.answer_seqs.length === 0) continue
    const key = `${o.kind} ${o.target}`
    const times = (seen.get(key)?.times ?? 0) + 1
    seen.delete(key)
    seen.set(key, { kind: o.kind, target: o.target, times, last: row })
  }
  return { inFlight, done, failed: bad, seen: [...seen.values()] }
}

/** What a list was found to hold, page by page. */
export interface Known {
  names: readonly string[]
  /** More pages were offered and not asked for. */
  partial: boolean
  /** The server said since that the list changed. */
  stale: boolean
}

const members: Record<string, readonly [list: string, name: string]> = {
  'tools/list': ['tools', 'name'],
  'prompts/list': ['prompts', 'name'],
  'resources/list': ['resources', 'uri'],
  'resources/templates/list': ['resourceTemplates', 'uriTemplate'],
}

const object = (v: Json | undefined) =>
  v !== null && typeof v === 'object' && !Array.isArray(v) ? (v as { readonly [name: string]: Json }) : undefined

/** What the client had been shown of tools, prompts and resources by a time. */
export function known(rows: readonly Row[], answers: ReadonlyMap<number, Event>, t: number): Map<string, Known> {
  const lists = new Map<string, Known>()
  for (const row of rows) {
    if (row.type === 'fact' && row.start <= t && row.fact.method.endsWith('/list_changed')) {
      const list = `${row.fact.method.split('/')[1]}/list`
      const now = lists.get(list)
      if (now) lists.set(list, { ...now, stale: true })
    }
    if (row.type !== 'operation' || row.operation.kind !== 'list' || row.end > t) continue
    const shape = members[row.operation.method]
    const result = object(object(answers.get(row.operation.answer_seqs[0] ?? -1)?.payload)?.result)
    const items = shape && result?.[shape[0]]
    if (!shape || !result || !Array.isArray(items)) continue
    const names = (items as Json[]).flatMap((i) => {
      const name = object(i)?.[shape[1]]
      return typeof name === 'string' ? [name] : []
    })
    const before = lists.get(row.operation.method)
    lists.set(row.operation.method, {
      names: before?.partial ? [...new Set([...before.names, ...names])] : names,
      partial: typeof result.nextCursor === 'string' && result.nextCursor !== '',
      stale: false,
    })
  }
  return lists
}
