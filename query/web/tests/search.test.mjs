import { test } from 'node:test'
import assert from 'node:assert/strict'
import { open } from './ui.mjs'

test('hits are marked, and lead to the operation in its session', async (t) => {
  const page = await open(t, '/search')
  await page.getByRole('searchbox', { name: 'Words to find' }).fill('no-such-tool')
  await page.keyboard.press('Enter')
  await page.waitForURL(/text=no-such-tool/)
  const hit = page.locator('[aria-label=Hits] li').first()
  assert.equal((await hit.locator('mark').first().innerText()).toLowerCase(), 'no-such-tool')
  await hit.getByRole('link').click()
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}\?at=\d+/)
  await page.getByRole('complementary', { name: 'Detail' }).getByText('no-such-tool').first().waitFor()
  await page.locator('[aria-current=true]').waitFor()
})

test('a kind narrows the hits, and nothing found says what to do', async (t) => {
  const page = await open(t, '/search?text=no-such-tool')
  await page.locator('[aria-label=Hits] li').first().waitFor()
  await page.getByRole('button', { name: 'stderr' }).click()
  await page.getByText('Nobody said that').waitFor()
})
