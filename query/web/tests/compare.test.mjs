import { test } from 'node:test'
import { clean } from './axe.mjs'
import { eventually, open, sessions } from './ui.mjs'

test('two runs against one server are aligned, and differences lead to their operations', async (t) => {
  const all = (await sessions('&server=mcp-servers/everything')).filter((s) => s.operations > 15)
  const page = await open(t, `/sessions/${all[0].id}`)
  await page.getByRole('main').getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByText('With which one?').waitFor()
  await page.getByRole('list', { name: 'Sessions to compare with' }).getByText(all.at(-1).id.slice(-12)).click()
  await page.waitForURL(/a=.*b=/)
  const rows = page.getByRole('group', { name: 'Operations side by side' }).getByRole('listitem')
  await rows.first().waitFor()
  const before = await page.locator('[aria-label="Operations side by side"] > ol').evaluate((e) => e.clientHeight)
  await page.keyboard.press('s')
  await eventually('what is the same', async () => (await page.locator('[aria-label="Operations side by side"] > ol').evaluate((e) => e.clientHeight)) > before)
  await clean(page)
  await rows.getByRole('link').first().click()
  await page.waitForURL(/\/sessions\/.*at=\d+/)
})
