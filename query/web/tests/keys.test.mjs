// The same keys do the same on every page: j and k move, / goes to where one types, ? helps, Escape leaves.

import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import { eventually, open, post, sessions } from './ui.mjs'

/** Each page, what is there when it is, and what j chooses. */
const pages = {
  sessions: [() => '/sessions', '[role=row]:has([role=cell])', '[aria-current=true]'],
  trails: [() => '/trails', '[aria-label=Trails] li', '[aria-current=true]'],
  waterfall: [({ a }) => `/sessions/${a}`, '[role=row]:has([role=cell])', '[aria-current=true]'],
  messages: [({ a }) => `/sessions/${a}?view=messages`, '[aria-label=Messages] .mono bdi:not(:empty)', '[aria-current=true]'],
  trail: [({ a }) => `/trails/${a}`, '[role=row]:has([role=cell])', '[aria-current=true]'],
  hits: [() => '/search?text=sum', '[aria-label=Hits] li', '[aria-current=true]'],
  'sessions to compare': [({ a }) => `/compare?a=${a}`, '[aria-label="Sessions to compare with"] button', '[aria-label="Sessions to compare with"] button:focus'],
  compare: [({ a, b }) => `/compare?a=${a}&b=${b}`, '[aria-label="Operations side by side"] li', '[aria-current=true]'],
  cases: [() => '/cases', '[aria-label=Cases] li', '[aria-current=true]'],
  case: [({ found }) => `/cases/${found}`, '[data-pin]:has(.mono):has-text("→")', '[data-pin]:focus'],
  definitions: [() => '/servers?text=get-sum', '[aria-label="List of definitions"] button', '[aria-label="List of definitions"] [aria-pressed=true]'],
}

const ids = {}
before(async () => {
  const all = (await sessions('&server=mcp-servers/everything')).filter((s) => s.operations > 15)
  ids.a = all.at(-1).id
  ids.b = all[0].id
  ids.found = (await post('/api/v1/cases', { title: 'What the keys do' })).id
  for (const text of ['first', 'second']) await post(`/api/v1/cases/${ids.found}/edits`, { action: 'pin', session_id: ids.a, seq: 1, text })
})

for (const [name, [path, ready, chosen]] of Object.entries(pages)) {
  test(name, async (t) => {
    const page = await open(t, path(ids))
    await page.locator(ready).first().waitFor()
    // A field that has the focus from the start keeps what is typed.
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.locator(chosen).first().waitFor()
    const first = await page.locator(chosen).first().innerText()
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await eventually('the first one again', async () => (await page.locator(chosen).first().innerText()) === first)

    await page.keyboard.press('/')
    await page.keyboard.type('sum')
    await page.keyboard.press('Escape')
    const typed = page.locator('[data-slash]').first()
    assert.match(await typed.inputValue(), /sum/)
    assert.ok(await typed.evaluate((field) => field !== document.activeElement), 'Escape leaves the field')

    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys' })
    await help.getByText('show this help').waitFor()
    const address = page.url()
    await page.keyboard.press('j')
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    assert.equal(page.url(), address)
  })
}

test('Escape closes what is on top: the dialog, then the detail', async (t) => {
  const page = await open(t, `/sessions/${ids.a}?view=messages&at=4`)
  const detail = page.getByRole('complementary', { name: 'Detail' })
  await detail.locator('.JsonLine-line').first().waitFor()
  await page.keyboard.press('j')
  await page.waitForURL(/at=5/)
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog', { name: /^Pin operation/ })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await detail.waitFor()
  await page.keyboard.press('Escape')
  await detail.waitFor({ state: 'hidden' })
})
