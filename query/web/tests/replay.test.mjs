import { test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { eventually, open, sessions } from './ui.mjs'

const everything = async () => (await sessions('&server=mcp-servers/everything')).at(-1)
const clock = async (page) => parseFloat((await page.locator('output').innerText()).replace(':', ''))

test('stepping shows a call before its answer, and what the client knew by then', async (t) => {
  const session = await everything()
  const page = await open(t, `/sessions/${session.id}/replay`)
  const feed = page.getByRole('region', { name: 'What happened' })
  await feed.getByText('open').first().waitFor()
  for (let i = 0; i < 60 && !(await feed.locator('[aria-current=true]').innerText()).includes('get-sum'); i++) await page.keyboard.press('j')
  const state = page.getByRole('region', { name: 'State' })
  await state.getByText('get-sum').first().waitFor()
  await eventually('the tools', async () => /tools \d+/.test(await state.innerText()))
  const stage = page.getByRole('region', { name: 'Now' })
  await stage.getByText('Waiting for the answer').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  assert.match(page.url(), /t=/)
  await clean(page)
})

test('it plays, pauses, is scrubbed, and the address keeps the moment', async (t) => {
  const session = await everything()
  const page = await open(t, `/sessions/${session.id}/replay?speed=5`)
  await page.getByRole('button', { name: 'Play' }).waitFor()
  await page.keyboard.press(' ')
  await eventually('time to pass', async () => (await clock(page)) > 0.5)
  await page.keyboard.press(' ')
  await page.waitForURL(/t=[1-9\d.]/)
  const at = await clock(page)
  await page.getByRole('slider', { name: 'Time' }).focus()
  await page.keyboard.press('End')
  await eventually('the end', async () => (await clock(page)) > at)
  const end = await clock(page)
  await page.reload()
  await eventually('the same moment', async () => Math.abs((await clock(page)) - end) < 0.002)
})
