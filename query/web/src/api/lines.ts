import { ask, Problem } from './client'

/** Reads an answer of one JSON value a line, each as it comes. */
export async function* lines(url: string, signal?: AbortSignal): AsyncGenerator<string> {
  const response = await ask(url, { signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const pieces = value.split('\n')
      for (const piece of pieces.slice(0, -1)) {
        yield rest.join('') + piece
        rest = []
      }
      rest.push(pieces.at(-1)!)
    }
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Problem(0, 'The answer broke off before its end. The log of the query service has the cause.')
  }
  const last = rest.join('')
  if (last) yield last
}
