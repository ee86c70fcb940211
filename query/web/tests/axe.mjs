// What axe-core finds serious in a page, in the dark and in the light.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import assert from 'node:assert/strict'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function clean(page, colorSchemes = ['light', 'dark']) {
  // Through the debugger, which the page's policy does not bind.
  await page.evaluate(source)
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme })
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
    const serious = found.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${colorScheme}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | ')}`)
    assert.deepEqual(serious, [])
  }
}
