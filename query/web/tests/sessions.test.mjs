import { test } from 'node:test'
import assert from 'node:assert/strict'
import { drag, eventually, open, sessions } from './ui.mjs'

const rows = (page) => page.getByRole('table', { name: 'Sessions' }).locator('[role=row]:has([role=cell])')

test('a facet narrows the list, and the address keeps it', async (t) => {
  const page = await open(t, '/')
  const all = await sessions()
  await eventually('all sessions', async () => (await rows(page).count()) === Math.min(all.length, 60) || (await rows(page).count()) >= 20)
  await page.getByRole('checkbox', { name: /^secure-filesystem-server/ }).check()
  const wanted = await sessions('&server=secure-filesystem-server')
  await eventually('fewer rows', async () => (await rows(page).count()) === wanted.length)
  assert.match(page.url(), /server=secure-filesystem-server/)
  await page.reload()
  await eventually('the same rows', async () => (await rows(page).count()) === wanted.length)
  await page.getByRole('button', { name: 'Clear all' }).click()
  await eventually('all rows', async () => (await rows(page).count()) > wanted.length)
})

test('the address of a dashboard chooses sessions, and a click more shows a timeline', async (t) => {
  const [{ collector_id: collector }] = await sessions()
  const chosen = `&collector=${encodeURIComponent(collector)}&kind=request&method=tools%2Fcall&not=server%3Anobody`
  const wanted = await sessions(chosen)
  assert.ok(wanted.length > 0)
  const page = await open(t, `/sessions?${chosen}`)
  await rows(page).first().waitFor()
  for (const chip of [`collector ${collector}`, 'kind request', 'method tools/call', 'not server:nobody']) {
    await page.getByRole('button', { name: `Remove filter ${chip}` }).waitFor()
  }
  await rows(page).first().getByRole('link').click()
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/)
  await page.goto(new URL('/sessions?scope=no-such-scope', page.url()).href)
  await page.getByText('No session is like that').waitFor()
})

test('words find the sessions that said them, and none says what to do', async (t) => {
  const page = await open(t, '/sessions')
  await rows(page).first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('nowhere-to-be-found')
  await page.keyboard.press('Enter')
  await page.getByText('No session is like that').waitFor()
  await page.getByRole('searchbox').first().fill('no-such-tool')
  await page.keyboard.press('Enter')
  await eventually('hits', async () => (await rows(page).count()) > 0)
})

test('dragging over the histogram chooses a time', async (t) => {
  const page = await open(t, '/sessions')
  await drag(page, '.Histogram-bars', 0.5)
})

test('keys go through the list and open a session', async (t) => {
  const page = await open(t, '/sessions')
  await rows(page).first().waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/)
  await page.locator('[aria-label=Timeline] [role=row]:has([role=cell])').first().waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('zoom in').waitFor()
})
