// Opens one long session in the web UI and prints how long a person waits and how smoothly it scrolls, as JSON.
//
//   node bench.mjs URL SESSION SCREENSHOT

import { chromium } from 'playwright-core'

const [url, session, screenshot] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
})
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })

// The web UI is loaded, as it is for somebody who comes from the list; what counts is the way from the click to the rows.
await page.goto(`${url}/sessions`)
const first = []
let whole = 0
for (let i = 0; i < 5; i++) {
  await page.goto(`${url}/sessions`)
  await page.locator('[aria-label=Sessions] [role=row]:has([role=cell])').first().waitFor()
  const times = await page.evaluate(async (id) => {
    const link = document.querySelector(`a[href$="${id}"]`)
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it runs in the page, which has no other scope
    const seen = (what) =>
      new Promise((resolve) => {
        const look = () => (what() ? resolve(performance.now()) : requestAnimationFrame(look))
        look()
      })
    const began = performance.now()
    link.click()
    const rows = await seen(() => document.querySelectorAll('[aria-label=Timeline] [role=row]').length > 20)
    const all = await seen(() => Number(document.querySelector('[aria-label=Timeline]')?.getAttribute('aria-rowcount')) > 40_000)
    return [rows - began, all - began]
  }, session)
  first.push(times[0])
  whole = times[1]
}

// Scrolls through the whole list at a steady pace and looks at each frame.
const frames = await page.evaluate(async () => {
  const box = document.querySelector('[aria-label=Timeline] [aria-label=Rows]')
  const gaps = []
  let empty = 0
  let before = await new Promise(requestAnimationFrame)
  for (let i = 0; i < 240; i++) {
    box.scrollTop += 900
    const now = await new Promise(requestAnimationFrame)
    gaps.push(now - before)
    before = now
    const r = box.getBoundingClientRect()
    if (!document.elementFromPoint(r.left + 60, r.top + r.height / 2)?.closest('[role=row]')) empty++
  }
  box.scrollTop = box.scrollHeight / 2
  return { gaps: gaps.toSorted((a, b) => a - b), empty }
})
await page.waitForTimeout(300)
await page.screenshot({ path: screenshot })
const at = (part) => frames.gaps[Math.min(Math.floor(frames.gaps.length * part), frames.gaps.length - 1)]
console.log(JSON.stringify({ first: first.toSorted((a, b) => a - b)[2], whole, p50: at(0.5), p95: at(0.95), worst: at(1), empty: frames.empty, rows: frames.gaps.length }))
await browser.close()
