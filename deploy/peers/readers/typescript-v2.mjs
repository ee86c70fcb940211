// One tool, mark, served with the TypeScript SDK v2: a call appends its argument text to the file $EFFECTS, a line each.
//
//   node typescript-v2.mjs [PORT]

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { z } from 'zod'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

function server() {
  const server = new McpServer({ name: 'typescript-v2', version: '1' })
  server.registerTool('mark', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => {
    appendFileSync(process.env.EFFECTS, text + '\n')
    return { content: [] }
  })
  return server
}

if (process.argv[2]) {
  const handler = createMcpHandler(server)
  createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const answer = await handler.fetch(new Request('http://127.0.0.1' + request.url, { method: request.method, headers: request.headers, body: Buffer.concat(chunks) }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  }).listen(Number(process.argv[2]), '127.0.0.1')
} else {
  serveStdio(server)
}
