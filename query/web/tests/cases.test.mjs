import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { clean } from './axe.mjs'
import { open, sessions } from './ui.mjs'

test('an operation is pinned to a new case, noted, taken back and exported', async (t) => {
  const [session] = (await sessions('&server=mcp-servers/everything')).slice(-1)
  const page = await open(t, `/sessions/${session.id}`)
  const title = `Why did the sum fail? ${Date.now()}`
  await page.locator('[aria-label=Timeline] [role=row]:has([role=cell])', { hasText: 'get-sum' }).first().click()
  await page.getByRole('complementary', { name: 'Detail' }).getByText('arguments', { exact: true }).waitFor()
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Case').selectOption('new')
  await dialog.getByLabel('Title').fill(title)
  await dialog.getByLabel('Words beside it').fill('<b>look</b> here')
  await dialog.getByRole('button', { name: 'Pin', exact: true }).click()
  await dialog.getByRole('link', { name: 'Open the case' }).click()
  await page.waitForURL(/\/cases\//)
  await page.getByText('<b>look</b> here').waitFor()
  await page.getByLabel('Note').fill('It did not.')
  await page.getByRole('button', { name: 'Add the note' }).click()
  const note = page.locator('[data-action=note]')
  await note.getByText('It did not.').waitFor()
  await clean(page)
  await note.getByRole('button', { name: 'take back' }).click()
  await page.locator('[data-action=note][data-retracted]').waitFor()

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export with the record' }).click()])
  const exported = JSON.parse(await readFile(await download.path(), 'utf8'))
  assert.equal(exported.case.title, title)
  assert.deepEqual(exported.evidence[0].events.map((e) => e.kind), ['request', 'answer'])

  await page.locator('[data-pin]').click()
  await page.waitForURL(/\/sessions\/.*at=\d+/)
  await page.goto(new URL('/cases', page.url()).href)
  await page.getByRole('link', { name: title }).waitFor()
})
