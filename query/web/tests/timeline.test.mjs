import { test } from 'node:test'
import assert from 'node:assert/strict'
import { drag, eventually, open, sessions } from './ui.mjs'

const rows = (page) => page.getByRole('table', { name: 'Timeline' }).locator('[role=row]:has([role=cell])')
const everything = async () => (await sessions('&server=mcp-servers/everything')).at(-1)

test('an operation opens with its arguments and its result, and the address leads back to it', async (t) => {
  const session = await everything()
  const page = await open(t, `/sessions/${session.id}`)
  await rows(page).filter({ hasText: 'get-sum' }).first().click()
  const detail = page.getByRole('complementary', { name: 'Detail' })
  await detail.getByText('arguments', { exact: true }).waitFor()
  await detail.locator('.JsonLine-line', { hasText: 'text' }).first().waitFor()
  assert.match(page.url(), /at=\d+/)
  await page.reload()
  await detail.getByText('result', { exact: true }).waitFor()
  await detail.getByRole('button', { name: 'Context' }).click()
  await detail.getByText('JSON-RPC id').waitFor()
})

test('rows can be filtered, and time can be zoomed', async (t) => {
  const session = await everything()
  const page = await open(t, `/sessions/${session.id}`)
  await rows(page).first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('tools/call echo')
  await eventually('echo alone', async () => {
    const texts = await rows(page).allInnerTexts()
    return texts.length > 0 && texts.every((text) => text.includes('echo'))
  })
  await page.getByRole('searchbox', { name: /Filter by method/ }).fill('')
  await page.keyboard.press('Escape')
  await page.keyboard.press('f')
  await eventually('failures alone', async () => {
    const texts = await rows(page).allInnerTexts()
    return texts.length > 0 && texts.every((text) => text.includes('✕'))
  })
  await page.keyboard.press('f')
  await drag(page, '.Minimap-strip', 0.125)
  await page.keyboard.press('0')
  await eventually('the whole', () => !page.url().includes('from='))
})

test('lanes and messages show the same record', async (t) => {
  const session = await everything()
  const page = await open(t, `/sessions/${session.id}?view=lanes`)
  await page.locator('.Arrows-line').first().waitFor()
  await page.getByRole('button', { name: 'Messages', exact: true }).click()
  const messages = page.getByRole('table', { name: 'Messages' })
  await messages.locator('[role=row]', { hasText: 'initialize' }).first().waitFor()
  assert.equal(await messages.getAttribute('aria-rowcount'), String(session.events + 1))
})

test('a session that is not there says so', async (t) => {
  const page = await open(t, '/sessions/00000000-0000-7000-8000-000000000000')
  await page.getByText('There is no session with this id.').waitFor()
})
