import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { clean } from './axe.mjs'
import { open } from './ui.mjs'

test('what is recorded now shows by itself, and holding keeps it still', async (t) => {
  const page = await open(t, '/live')
  await page.locator('[data-state=watching]').waitFor()
  await page.getByText('Waiting for traffic').waitFor()
  await record()
  const rows = page.getByRole('table', { name: 'Events' }).locator('[role=row]')
  await rows.filter({ hasText: 'initialize' }).first().waitFor()
  await clean(page)
  await page.keyboard.press(' ')
  await page.getByText(/held/).first().waitFor()
  const before = await rows.last().innerText()
  await record()
  await page.getByText(/[1-9]\d* more came/).waitFor()
  assert.equal(await rows.last().innerText(), before)
})

/** Wraps a command that says one thing, so that a session comes to be. */
async function record() {
  const hello = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"live-test","version":"1"}}}'
  const collector = spawn(`${process.env.MCPTRAIL_BIN}/mcptrail-collector`, ['stdio', '--', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] })
  collector.stdin.end(`${hello}\n`)
  await once(collector, 'exit')
}
