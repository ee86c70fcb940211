import type { paths } from './schema.gen'

/** A member of an answer: without null where it is an array. */
type SolidMember<T> = NonNullable<T> extends readonly unknown[] ? Solid<NonNullable<T>> : Solid<T>

/** The document says of every array that it may be null; the service promises that none is. */
export type Solid<T> = T extends readonly (infer U)[] ? readonly SolidMember<U>[] : T extends object ? { [K in keyof T]: SolidMember<T[K]> } : T

type Get<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never

/** What GET on a path answers. */
export type Answer<P extends keyof paths> =
  Get<P> extends { responses: { 200: { content: { 'application/json': infer T } } } } ? Solid<T> : never

/** The query parameters of GET on a path. */
export type Query<P extends keyof paths> =
  Get<P> extends { parameters: { query?: infer Q } } ? { -readonly [K in keyof NonNullable<Q>]: NonNullable<Q>[K] } : never

type PathParameters<P extends keyof paths> =
  Get<P> extends { parameters: { path: infer Q } } ? Q : undefined

/** What the service answered instead of what was asked for, or that it did not answer. */
export class Problem extends Error {
  constructor(
    /** HTTP status, 0 where nothing answered. */
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

type Value = string | number | boolean | readonly (string | number)[] | null | undefined

/** Builds an address; empty values are left out, lists repeat the name. */
export function address(path: string, parameters: object = {}, query: object = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((parameters as Record<string, Value>)[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query as Record<string, Value>)) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v !== undefined && v !== null && v !== '') search.append(name, String(v))
    }
  }
  const text = search.toString()
  return text ? `${filled}?${text}` : filled
}

/** Asks, and throws a Problem for anything but a good answer. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new Problem(0, 'The query service does not answer. Is it running, and is this the right address?')
  }
  if (!response.ok) {
    const text = await response.text()
    let sentence = text
    try {
      sentence = (JSON.parse(text) as { detail?: string }).detail ?? text
    } catch {
      // Plain text is a sentence as it is.
    }
    throw new Problem(response.status, sentence || response.statusText)
  }
  return response
}

/** GET of a path of the document, typed by it. */
export async function get<P extends keyof paths>(
  path: P,
  options: { path?: PathParameters<P>; query?: Query<P>; signal?: AbortSignal } = {},
): Promise<Answer<P>> {
  const response = await ask(address(path, options.path ?? {}, options.query ?? {}), { signal: options.signal })
  return (await response.json()) as Answer<P>
}

/** POST of a JSON body. */
export async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await ask(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as T
}
