import { test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { eventually, open } from './ui.mjs'

test('a trail is found, says why it is one, and is given a name', async (t) => {
  const page = await open(t, '/trails')
  await page.getByRole('list', { name: 'Trails' }).getByText('mcp-servers/everything').first().waitFor()
  await page.getByRole('list', { name: 'Trails' }).getByText('mcp-servers/everything').first().click()
  await page.waitForURL(/\/trails\/t-/)
  const rows = page.locator('[aria-label=Timeline] [role=row]:has([role=cell])')
  await rows.filter({ hasText: 'initialize' }).first().waitFor()
  await page.getByRole('button', { name: 'Lanes' }).click()
  await page.locator('.Arrows-line').first().waitFor()
  await page.getByRole('button', { name: /Why one trail/ }).click()
  const name = `named ${Date.now()}`
  await page.getByLabel('Name of the trail').fill(name)
  await page.getByRole('button', { name: 'Record it' }).click()
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
  await rows.filter({ hasText: 'echo' }).first().click()
  await page.getByRole('complementary', { name: 'Detail' }).getByText('arguments', { exact: true }).waitFor()
  await clean(page)
})

test('a call shows the definition that its client held, and its history', async (t) => {
  const page = await open(t, '/servers')
  await page.getByRole('region', { name: 'Servers', exact: true }).getByText('02-http-2025-11-25-everything').click()
  await page.getByLabel('Part of a name').fill('get-sum')
  const list = page.getByRole('region', { name: 'Definitions' })
  await eventually('get-sum alone', async () => (await list.getByRole('listitem').count()) === 1)
  await list.getByText('get-sum').click()
  await page.getByRole('region', { name: 'History' }).getByText('Returns the sum of two numbers').first().waitFor()
  assert.match(page.url(), /name=get-sum/)
  await clean(page)
  await page.getByText(/^shown to/).click()
  await page.getByRole('region', { name: 'History' }).getByRole('link').first().click()
  const call = page.locator('[aria-label=Timeline] [role=row]:has([role=cell])', { hasText: 'get-sum' }).first()
  await call.click()
  await page.getByRole('button', { name: 'Context' }).click()
  await page.getByText('shown in this session').waitFor()
  await page.getByRole('button', { name: 'its versions and what changed' }).click()
  await page.getByText('held here').waitFor()
  await clean(page)
})
