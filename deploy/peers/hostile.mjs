// A legacy conversation with hostile-server.mjs by a client whose name is hostile too. TypeScript SDK v1.
//
//   node hostile.mjs -- node hostile-server.mjs

import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { readTarget, refusal, step } from './conversation.mjs'
import { openLegacy } from './legacy-transport.mjs'

const client = new Client({ name: '<img src=x onerror="document.title=\'PWNED\'">', version: '1\u202e2' })

await step('initialize', async () => {
  await client.connect(openLegacy(readTarget()))
  return 'done'
})
let tools = []
await step('tools/list', async () => {
  ;({ tools } = await client.listTools())
  return `${tools.length} tools`
})
await step('every tool', async () => {
  let refused = 0
  for (const { name } of tools) {
    const call = client.callTool({ name, arguments: { '</script><script>': '\u001b]0;PWNED\u0007' } })
    if (name.length < 20 && !name.includes('tool')) assert.ok((await call).content)
    else refused += (await refusal(call)) ? 1 : 0
  }
  return `${tools.length} called, ${refused} refused`
})
await step('close', async () => {
  await client.close()
  return 'done'
})
