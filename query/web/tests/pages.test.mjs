// Every page, light and dark, wide and narrow: nothing serious for axe, and nothing beside the page.

import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { open, post, sessions } from './ui.mjs'

const row = '[role=row]:has([role=cell])'
const everything = async () => (await sessions('&server=mcp-servers/everything')).filter((s) => s.operations > 15)

/** Each page, its address, and what is there when it is. */
const pages = {
  sessions: [() => '/sessions', row],
  'no session': [() => '/sessions?text=nowhere-to-be-found', '.Empty-empty'],
  trails: [() => '/trails', '[aria-label=Trails] li'],
  waterfall: [({ a }) => `/sessions/${a}?at=1`, '.JsonLine-line'],
  lanes: [({ a }) => `/sessions/${a}?view=lanes`, '.Arrows-line'],
  messages: [({ a }) => `/sessions/${a}?view=messages&at=1`, '.JsonLine-line'],
  trail: [({ a }) => `/trails/${a}?in=${a}&at=1`, '.JsonLine-line'],
  'lanes of a trail': [({ a }) => `/trails/${a}?view=lanes`, '.Arrows-line'],
  replay: [({ a }) => `/sessions/${a}/replay?t=2000`, '[aria-label=Now] .JsonLine-line'],
  search: [() => '/search', '.Empty-empty'],
  hits: [() => '/search?text=sum', '[aria-label=Hits] li'],
  'live, waiting': [() => '/live', '[data-state=watching]'],
  'sessions to compare': [({ a }) => `/compare?a=${a}`, '[aria-label="Sessions to compare with"] button'],
  compare: [({ a, b }) => `/compare?a=${a}&b=${b}&all=1`, '[aria-label="Operations side by side"] li'],
  cases: [() => '/cases', '[aria-label=Cases] li'],
  case: [({ found }) => `/cases/${found}`, '[data-pin]'],
  definition: [() => '/servers?server=02-http-2025-11-25-everything&name=get-sum', '[aria-label=History] .JsonLine-line'],
  'no page': [() => '/nowhere', '.Empty-empty'],
  'no session of this id': [() => '/sessions/00000000-0000-7000-8000-000000000000', '[role=alert]'],
}

const ids = {}
before(async () => {
  const all = await everything()
  ids.a = all.at(-1).id
  ids.b = all[0].id
  ids.found = (await post('/api/v1/cases', { title: 'What every page looks like' })).id
  await post(`/api/v1/cases/${ids.found}/edits`, { action: 'pin', session_id: ids.a, seq: 1, text: 'the beginning' })
})

for (const [name, [path, ready]] of Object.entries(pages)) {
  test(name, async (t) => {
    const page = await open(t, path(ids))
    await page.locator(ready).first().waitFor()
    await clean(page)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator(ready).first().waitFor()
    await clean(page, ['light'])
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `the page is ${wide} pixels too wide`)
  })
}
