// A legacy conversation about files: TypeScript SDK v1 with server-filesystem, which serves the directories it is given.
//
//   node filesystem.mjs --allowed DIR/notes.txt --forbidden /etc/hosts -- \
//     node node_modules/@modelcontextprotocol/server-filesystem/dist/index.js DIR

import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { readTarget, step, text } from './conversation.mjs'
import { openLegacy } from './legacy-transport.mjs'

const target = readTarget({ required: ['allowed', 'forbidden'] })
const client = new Client({ name: 'peers-filesystem', version: '1.0.0' })
const read = (path) => client.callTool({ name: 'read_text_file', arguments: { path } })

await step('initialize', async () => {
  await client.connect(openLegacy(target))
  const { name, version } = client.getServerVersion()
  return `${name} ${version}`
})
await step('tools/list', async () => `${(await client.listTools()).tools.length} tools`)
await step('read inside', async () => {
  const result = await read(target.allowed)
  assert.notEqual(result.isError, true)
  return text(result)
})
await step('read outside', async () => {
  const result = await read(target.forbidden)
  assert.equal(result.isError, true)
  return text(result)
})
await step('close', async () => {
  await client.close()
  return 'done'
})
