// What the service cannot answer is said where it would stand, and can be asked for again: no page reads for ever, or takes an error for an empty record.

import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { eventually, open, sessions } from './ui.mjs'

/** Each place, its address, and what fails. */
const places = {
  'the detail of a trail': [(a) => `/trails/${a}?in=${a}&at=1`, '**/api/v1/sessions/*/timeline/parts'],
  'the messages of a session': [(a) => `/sessions/${a}?view=messages`, '**/api/v1/sessions/*/events?*'],
  'what is said in a replay, and what the client knew': [(a) => `/sessions/${a}/replay?t=2000`, '**/api/v1/sessions/*/events?*'],
  'the sessions to compare with': [(a) => `/compare?a=${a}`, '**/api/v1/sessions?*'],
  'the facets of sessions': [() => '/sessions', '**/api/v1/facets*'],
}

let session
before(async () => {
  const all = (await sessions('&server=mcp-servers/everything')).filter((s) => s.operations > 15)
  session = all.at(-1).id
})

for (const [name, [path, what]] of Object.entries(places)) {
  test(name, async (t) => {
    const page = await open(t, '/nowhere')
    await page.route(what, (route) => route.fulfill({ status: 500, json: { detail: 'The store is broken.' } }))
    await page.goto(new URL(path(session), page.url()).href)
    const error = page.getByRole('alert').filter({ hasText: 'The store is broken.' })
    await error.first().waitFor()
    assert.equal(await page.getByText('Reading …').count(), 0)
    assert.equal(await page.getByText('no event has this number').count(), 0)
    await clean(page)
    await page.unroute(what)
    for (const button of await page.getByRole('button', { name: 'Try again' }).all()) await button.click()
    await eventually('the answer', async () => (await error.count()) === 0)
  })
}
