// What could not be read is named where it would stand: nothing is read for ever, and nothing that failed looks empty.

import { test } from 'node:test'
import assert from 'node:assert/strict'
import { authorized, open, service, sessions } from './ui.mjs'

/** Opens a page whose requests to some address of the API fail, and waits for the page to say so. */
async function fails(t, path, address) {
  const page = await open(t, '/cases')
  let asked = 0
  await page.route(address, (route) => {
    asked++
    return route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, detail: 'The shelf is empty.' }) })
  })
  await page.goto(new URL(path, page.url()).href)
  await page.getByRole('alert').getByText('This could not be shown').first().waitFor()
  assert.ok(asked > 0)
  return page
}

const api = (path) => (url) => url.pathname.startsWith('/api/v1/') && path.test(url.pathname)

test('the detail of a trail says that the timeline of its session cannot be read', async (t) => {
  const [session] = await sessions()
  const trails = await (await fetch(`${service}/api/v1/trails?limit=100`, { headers: authorized })).json()
  const trail = trails.items[0].id
  const page = await fails(t, `/trails/${trail}?in=${session.id}&at=0`, api(/timeline\/parts$/))
  assert.equal(await page.getByText('Reading').count(), 0)
})

test('messages that cannot be read are not said to be missing', async (t) => {
  const [session] = await sessions()
  const page = await fails(t, `/sessions/${session.id}?view=messages`, api(/\/events$/))
  assert.equal(await page.getByText('no event has this number').count(), 0)
})

test('a replay says that what was said cannot be read', async (t) => {
  const [session] = await sessions('&server=mcp-servers/everything')
  const page = await fails(t, `/sessions/${session.id}/replay?t=999999`, api(/\/events$/))
  await page.getByRole('region', { name: 'State' }).getByRole('alert').waitFor()
})

test('a list of candidates and the filters of a list say that they cannot be read', async (t) => {
  const [session] = await sessions()
  await fails(t, `/compare?a=${session.id}`, api(/\/sessions$/))
  await fails(t, '/sessions', api(/\/facets$/))
})
