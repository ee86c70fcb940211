// What every conversation here shares: where it goes, and one printed line per step.

import { parseArgs } from 'node:util'

const patience = 170_000 // ms for a whole conversation; the slowest needs 4 s on a machine that does nothing else

/**
 * Reads where to go from the command line: a URL behind one of the flags in `urls`, or `-- COMMAND ARGS` for stdio.
 * `required` names further flags, each with a value.
 */
export function readTarget({ urls = ['url'], required = [] } = {}) {
  const flags = Object.fromEntries([...urls, ...required].map((name) => [name, { type: 'string' }]))
  try {
    const { values, positionals } = parseArgs({ options: flags, allowPositionals: true })
    const [command, ...args] = positionals
    const targets = [command, ...urls.map((name) => values[name])].filter(Boolean)
    if (targets.length !== 1) throw new Error('exactly one target is needed')
    const missing = required.find((name) => !values[name])
    if (missing) throw new Error(`--${missing} is needed`)
    return { ...values, command, args }
  } catch (error) {
    const given = required.map((name) => `--${name} VALUE `).join('')
    const ways = [...urls.map((name) => `--${name} URL`), '-- COMMAND ARGS'].join(' | ')
    console.error(`${error.message}\nusage: node ${process.argv[1]} ${given}(${ways})`)
    process.exit(2)
  }
}

/** Runs one step and prints its name, what it returned and how long it took. A step that throws ends the process. */
export async function step(name, act) {
  const started = performance.now()
  try {
    const seen = await act()
    console.log(`${name.padEnd(24)} ${seen}  (${Math.round(performance.now() - started)} ms)`)
  } catch (error) {
    console.error(`${name.padEnd(24)} FAILED: ${error.stack}`)
    process.exit(1)
  }
}

/** The first text of a tool's answer, cut to one short line. */
export function text(result) {
  const found = result.content.find((part) => part.type === 'text')?.text ?? ''
  const line = found.replace(/\s+/g, ' ').trim()
  return line.length > 72 ? `${line.slice(0, 69)}...` : line
}

/** The error a promise is rejected with; a promise that resolves is itself an error. */
export async function refusal(promise) {
  const [outcome] = await Promise.allSettled([promise])
  if (outcome.status === 'fulfilled') throw new Error(`expected an error, got ${JSON.stringify(outcome.value)}`)
  return outcome.reason
}

/**
 * Repeats what depends on who is faster until this process was: on a busy machine it may read a call's answer together
 * with what came before it. `attempt` gives undefined where it was too late.
 */
export async function inTime(attempt) {
  for (let tries = 0; tries < 50; tries++) {
    const seen = await attempt()
    if (seen !== undefined) return seen
  }
  throw new Error('50 times too late')
}

setTimeout(() => {
  console.error(`the conversation did not end within ${patience / 1000} s`)
  process.exit(1)
}, patience).unref()
