// What every test of the web UI shares: the browser, the service under test, and what must never happen in a page.

import { chromium } from 'playwright-core'
import { after, before } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export const service = process.env.MCPTRAIL_URL
/** A link that lets one browser in, as a person gets it. */
export const link = () => execFileSync(join(process.env.MCPTRAIL_BIN, 'mcptrail'), ['link'], { encoding: 'utf8' }).trim()
/** How a request that no browser sends proves that it comes from the user whose record it is. */
export const authorized = { authorization: `Bearer ${process.env.MCPTRAIL_TOKEN}` }

/** How long a condition may take before its test fails, in ms: no machine is as slow as that, a page that hangs is. */
export const patience = 120_000

let browser
// The cookie that a link gave, and the origin that it is of use at.
let storageState
let pages
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  })
  const way = link()
  pages = new URL(way).origin
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(way)
  storageState = await context.storageState()
  await context.close()
})
after(() => browser?.close())

/** Opens a page, and fails the test that opened it where the page reports an error or a breach of its policy. */
export async function open(t, path, { at = pages + path, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', storageState, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const wrong = []
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => wrong.push(`dialog: ${dialog.message()}`))
  page.on('console', (message) => {
    // A status that the test asked for is no fault of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) wrong.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(at).origin)) wrong.push(`a request to ${request.url()}`)
  })
  t.after(async () => {
    await context.close()
    assert.deepEqual(wrong, [])
  })
  await page.goto(at)
  return page
}

/** The sessions of the record, newest first. */
export async function sessions(query = '') {
  const response = await fetch(`${service}/api/v1/sessions?limit=100${query}`, { headers: authorized })
  assert.equal(response.status, 200)
  return (await response.json()).items
}

/** Asks the service to record something. */
export async function post(path, body) {
  const response = await fetch(service + path, { method: 'POST', headers: { 'content-type': 'application/json', ...authorized }, body: JSON.stringify(body) })
  assert.ok(response.ok, `${path}: ${response.status}`)
  return response.json()
}

/** Waits until the function is true of the page's world. */
export async function eventually(what, condition) {
  const deadline = Date.now() + patience
  for (;;) {
    if (await condition()) return
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Drags over the beginning of what shows time, and waits until the address has that part. */
export async function drag(page, what, part) {
  const box = await page.locator(what).boundingBox()
  await page.mouse.move(box.x + 3, box.y + 8)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * part, box.y + 20, { steps: 4 })
  await page.mouse.up()
  await page.waitForURL(/from=.*to=/)
}
