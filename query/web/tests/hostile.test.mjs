// What a hostile server and client said is text on every page: nothing of it runs, hides or reorders.

import { test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { authorized, eventually, open, sessions } from './ui.mjs'

const hostile = async () => (await sessions()).find((s) => s.server.name.startsWith('hostile'))
// Characters that a page must only show as escapes.
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}]/u

/** Nothing ran, nothing became an element, and no character of the record is out of sight. */
async function harmless(page) {
  assert.doesNotMatch(await page.title(), /^PWNED/)
  assert.equal(await page.locator('main img, main iframe, main script, main svg').count(), 0)
  assert.doesNotMatch(await page.locator('main').evaluate((main) => main.textContent), hidden)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(wide <= 0, `the page is ${wide} pixels too wide`)
}

test('a list and a timeline of hostile names', async (t) => {
  const session = await hostile()
  const page = await open(t, '/sessions')
  await page.getByText('hostile <img').first().waitFor()
  await harmless(page)
  await page.goto(new URL(`/sessions/${session.id}?view=lanes`, page.url()).href)
  await page.locator('.Arrows-line').first().waitFor()
  await page.locator('.Recorded-escape', { hasText: '\\u202e' }).first().waitFor()
  await harmless(page)
  await clean(page)
})

for (const name of ['html', 'svg', 'link', 'ansi', 'bidi', 'marks', 'template', 'huge', 'lines']) {
  test(`the result of ${name}`, async (t) => {
    const session = await hostile()
    const events = (await (await fetch(`${new URL(process.env.MCPTRAIL_URL).href}api/v1/sessions/${session.id}/events?bodies=false`, { headers: authorized })).text()).trim().split('\n').map((l) => JSON.parse(l))
    const { seq } = events.find((e) => e.kind === 'request' && e.target === name)
    const page = await open(t, `/sessions/${session.id}?at=${seq}`)
    const detail = page.getByRole('complementary', { name: 'Detail' })
    await eventually('the result', async () => (await detail.locator('.JsonView-json').count()) >= 2)
    await harmless(page)
    if (name === 'huge' || name === 'lines') {
      const whole = detail.getByRole('button', { name: /all [\d,]+ characters/ }).first()
      await whole.click()
      await detail.locator('.LongText-line').first().waitFor()
      assert.ok((await detail.locator('.LongText-line').count()) < 200)
      await harmless(page)
    }
  })
}

test('search, replay, trail, catalogue and a narrow page', async (t) => {
  const session = await hostile()
  const page = await open(t, `/search?text=PWNED&session=${session.id}`, { viewport: { width: 420, height: 860 } })
  await page.locator('[aria-label=Hits] li').first().waitFor()
  await harmless(page)
  for (const [path, ready] of [
    [`/sessions/${session.id}/replay?t=999999`, '[aria-label="What happened"] [aria-current=true]'],
    [`/sessions/${session.id}`, '[aria-label=Timeline] [role=row]:has([role=cell])'],
    [`/trails/${session.id}`, '[aria-label=Timeline] [role=row]:has([role=cell])'],
    [`/servers?server=${encodeURIComponent(session.upstream)}&name=html`, '[aria-label=History] summary'],
  ]) {
    await page.goto(new URL(path, page.url()).href)
    await page.locator(ready).first().waitFor()
    await harmless(page)
  }
})
