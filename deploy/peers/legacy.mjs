// A legacy conversation (initialize handshake, up to 2025-11-25): TypeScript SDK v1 with server-everything.
//
//   node legacy.mjs -- node node_modules/@modelcontextprotocol/server-everything/dist/index.js
//   node legacy.mjs --url http://127.0.0.1:3001/mcp     Streamable HTTP
//   node legacy.mjs --sse http://127.0.0.1:3001/sse     the older HTTP+SSE

import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { inTime, readTarget, refusal, step, text } from './conversation.mjs'
import { openLegacy } from './legacy-transport.mjs'

const target = readTarget({ urls: ['url', 'sse'] })
const client = new Client(
  { name: 'peers-legacy', version: '1.0.0' },
  { capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: {} } },
)
const call = (name, args, options) => client.callTool({ name, arguments: args }, undefined, options)

const rootsAsked = Promise.withResolvers()
client.setRequestHandler(ListRootsRequestSchema, () => {
  rootsAsked.resolve()
  return { roots: [{ uri: 'file:///srv/billing', name: 'billing' }] }
})
client.setRequestHandler(CreateMessageRequestSchema, () => ({
  model: 'scripted-model',
  role: 'assistant',
  stopReason: 'endTurn',
  content: { type: 'text', text: 'Paris' },
}))
client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada', check: true } }))

const transport = openLegacy(target)

await step('initialize', async () => {
  await client.connect(transport)
  const { name, version } = client.getServerVersion()
  return `${name} ${version}`
})
await step('roots/list (answered)', async () => {
  await rootsAsked.promise
  return '1 root given to the server'
})
await step('tools/list', async () => `${(await client.listTools()).tools.length} tools`)
await step('resources/list', async () => `${(await client.listResources()).resources.length} resources`)
await step('prompts/list', async () => `${(await client.listPrompts()).prompts.length} prompts`)
await step('echo', async () => {
  const _meta = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  return text(await client.callTool({ name: 'echo', arguments: { message: 'invoice 4711' }, _meta }))
})
await step('structured answer', async () => {
  const { structuredContent } = await call('get-structured-content', { location: 'New York' })
  return JSON.stringify(structuredContent)
})
await step('progress', () =>
  inTime(async () => {
    let seen = 0
    await call('trigger-long-running-operation', { duration: 0.4, steps: 4 }, { onprogress: () => seen++ })
    if (seen >= 3) return `${seen} notifications` // of 4; the client drops those that come in the same read as the answer
  }))
await step('tool error', async () => {
  const result = await call('echo', { message: 42 })
  assert.equal(result.isError, true)
  return text(result)
})
await step('protocol error', async () => {
  const error = await refusal(client.readResource({ uri: 'demo://no-such-resource' }))
  assert.equal(error.code, -32602)
  return `${error.code}`
})
await step('resources/read', async () => {
  const uri = 'demo://resource/static/document/architecture.md'
  const { contents } = await client.readResource({ uri })
  return `${contents[0].text.length} characters of ${uri.split('/').at(-1)}`
})
await step('prompts/get', async () => {
  const { messages } = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Lyon', state: 'FR' } })
  return messages[0].content.text
})
await step('cancelled call', () =>
  inTime(async () => {
    const stop = new AbortController()
    const running = call(
      'trigger-long-running-operation',
      { duration: 1.2, steps: 4 },
      { signal: stop.signal, onprogress: () => stop.abort('the user pressed stop') },
    )
    return running.then(() => undefined, (error) => error.message)
  }))
await step('three parallel calls', async () => {
  const sums = await Promise.all([1, 2, 3].map((n) => call('get-sum', { a: n, b: n })))
  return sums.map((sum) => text(sum).match(/is (\d+)/)[1]).join(', ')
})
await step('sampling (answered)', async () =>
  text(await call('trigger-sampling-request', { prompt: 'Capital of France?', maxTokens: 20 })))
await step('elicitation (answered)', async () => text(await call('trigger-elicitation-request', {})))
await step('close', async () => {
  await transport.terminateSession?.()
  await client.close()
  return 'done'
})
process.exit(0) // over HTTP the closed client still holds reconnection timers for some seconds
