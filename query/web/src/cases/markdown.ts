import type { Case } from '../api/cases'
import { plain } from '../ui/text'

/** What Markdown would take for its own. */
const quiet = (text: string) => plain(text).replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&')

/** A case as text to put into a report. */
export function markdown(c: Case, origin: string): string {
  const lines = [`# ${quiet(c.title)}`, '', `Opened by ${quiet(c.by)} on ${c.opened}, ${c.closed ? 'closed' : 'open'}.`, '']
  for (const e of c.edits) {
    if (e.retracted || (e.action !== 'pin' && e.action !== 'note')) continue
    lines.push(`- ${e.time} ${quiet(e.who)}`)
    if (e.action === 'pin') lines.push(`  ${origin}/sessions/${e.session_id}${e.seq === null ? '' : `?at=${e.seq}`}${e.at ? ` at ${e.at}` : ''}`)
    for (const line of e.text.split('\n')) if (line) lines.push(`  ${quiet(line)}`)
  }
  return `${lines.join('\n')}\n`
}
