// A server that says what should not be believed: markup, scripts, escape sequences, marks of direction and huge
// strings, in names, descriptions, results, errors, log messages and on stderr. TypeScript SDK v1, stdio.

import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const script = '<script>document.title="PWNED"</script>'
const image = '<img src=x onerror="document.title=\'PWNED\'">'
const said = {
  html: `${script}${image}<iframe src="javascript:parent.document.title='PWNED'"></iframe>`,
  svg: '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=\'PWNED\'"><script>document.title="PWNED"</script></svg>',
  link: 'javascript:document.title="PWNED"',
  ansi: '\u001b[2J\u001b[31mred\u001b]0;PWNED\u0007\u001b[?1049h\u009b31m',
  bidi: 'invoice\u202egpj.exe\u202c \u2066hidden\u2069 zero\u200bwidth \u{e0041}tag',
  marks: `Z${'\u0300\u0489'.repeat(200)}algo`,
  huge: 'A '.repeat(500_000),
  lines: 'line\n'.repeat(20_000),
  template: '{{constructor.constructor("document.title=\'PWNED\'")()}} ${document.title="PWNED"}',
}
const tools = [...Object.keys(said), image, '\u202etool\u202c\u001b[31m', 'x'.repeat(3000)].map((name) => ({
  name,
  title: script,
  description: `${image} ${said.bidi} ${said.ansi}`,
  inputSchema: { type: 'object', properties: { [image]: { type: 'string', description: script } } },
}))

const server = new Server({ name: `hostile ${image}`, version: '\u202e1.0\u001b[31m' }, { capabilities: { tools: {}, logging: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  console.error(`${said.ansi}${script}`)
  await server.sendLoggingMessage({ level: 'info', logger: image, data: { [script]: said.bidi } })
  const text = said[params.name]
  if (text === undefined) throw new Error(`${image}${said.ansi}${said.bidi}`)
  return {
    content: [{ type: 'text', text }, { type: 'resource_link', uri: said.link, name: image }],
    structuredContent: { __proto__: null, constructor: script, [said.bidi]: said.ansi, deep: nested(200) },
  }
})

/** Arrays within arrays. */
function nested(depth) {
  let value = script
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

await server.connect(new StdioServerTransport())
