// A modern conversation (2026-07-28, server/discover): TypeScript SDK v2 with go-sdk's everything-server.
//
//   node modern.mjs -- build/everything-server
//   node modern.mjs --url http://127.0.0.1:3002

import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { inTime, readTarget, refusal, step, text } from './conversation.mjs'

const { url, command, args } = readTarget()
const listChanged = Promise.withResolvers()
const client = new Client(
  { name: 'peers-modern', version: '1.0.0' },
  {
    capabilities: { roots: {}, sampling: {}, elicitation: { form: {} } },
    versionNegotiation: { mode: 'auto' },
    listChanged: { tools: { autoRefresh: false, onChanged: () => listChanged.resolve() } },
  },
)
const call = (name, args = {}, options = undefined) => client.callTool({ name, arguments: args }, options)

// How the client answers what a server asks for in an input_required result.
const answers = { name: 'Ada', color: 'green', ok: true }
let questions = 0
client.setRequestHandler('elicitation/create', ({ params }) => {
  questions++
  const fields = Object.keys(params.requestedSchema.properties)
  return { action: 'accept', content: Object.fromEntries(fields.map((field) => [field, answers[field]])) }
})
client.setRequestHandler('sampling/createMessage', () => ({
  model: 'scripted-model',
  role: 'assistant',
  content: { type: 'text', text: 'Good morning' },
}))
client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///srv/billing', name: 'billing' }] }))

await step('server/discover', async () => {
  await client.connect(url ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport({ command, args }))
  assert.equal(client.getProtocolEra(), 'modern')
  const { name, version } = client.getServerVersion()
  return `${name} ${version}, ${client.getNegotiatedProtocolVersion()}`
})
await step('tools/list', async () => `${(await client.listTools()).tools.length} tools`)
await step('resources/list', async () => `${(await client.listResources()).resources.length} resources`)
await step('prompts/list', async () => `${(await client.listPrompts()).prompts.length} prompts`)
await step('simple call', async () => {
  const _meta = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01' }
  return text(await client.callTool({ name: 'test_simple_text', arguments: {}, _meta }))
})
await step('header parameter', async () => text(await call('test_x_mcp_header', { region: 'eu-west', level: 3 })))
await step('progress', () =>
  inTime(async () => {
    let seen = 0
    await call('test_tool_with_progress', {}, { onprogress: () => seen++ })
    if (seen >= 2) return `${seen} notifications`
  }))
await step('two rounds of questions', async () => {
  const result = await call('test_input_required_result_multi_round')
  assert.equal(questions, 2)
  return text(result)
})
await step('three kinds of input', async () => text(await call('test_input_required_result_multiple_inputs')))
await step('tool error', async () => {
  const result = await call('test_error_handling')
  assert.equal(result.isError, true)
  return text(result)
})
await step('protocol error', async () => {
  const error = await refusal(call('no_such_tool'))
  assert.equal(error.code, -32602)
  return `${error.code} ${error.message}`
})
await step('resources/read', async () => {
  const { contents } = await client.readResource({ uri: 'test://static-text' })
  return contents[0].text
})
await step('prompts/get', async () => {
  const { messages } = await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } })
  return messages[0].content.text
})
await step('cancelled call', () =>
  inTime(async () => {
    const stop = new AbortController()
    const onprogress = () => stop.abort('the user pressed stop')
    return call('test_tool_with_progress', {}, { signal: stop.signal, onprogress }).then(() => undefined, (error) => error.message)
  }))
await step('three parallel calls', async () => {
  const results = await Promise.all([1, 2, 3].map(() => call('test_simple_text')))
  return `${results.length} answers`
})
await step('tools/list_changed', async () => {
  await call('test_trigger_tool_change')
  await listChanged.promise
  return 'heard on the subscription'
})
await step('close', async () => {
  await client.close()
  return 'done'
})
