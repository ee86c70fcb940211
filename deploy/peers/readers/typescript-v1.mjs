// One tool, mark, served with the TypeScript SDK v1: a call appends its argument text to the file $EFFECTS, a line each.
// Over HTTP at /mcp as an application of Express has it, whose body parser reads the body, and at /plain without one.
//
//   node typescript-v1.mjs [PORT]

import { appendFileSync } from 'node:fs'
import express from 'express'
import { z } from 'zod'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

function server() {
  const server = new McpServer({ name: 'typescript-v1', version: '1' })
  server.registerTool('mark', { inputSchema: { text: z.string() } }, ({ text }) => {
    appendFileSync(process.env.EFFECTS, text + '\n')
    return { content: [] }
  })
  return server
}

const handle = async (request, response) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
  await server().connect(transport)
  await transport.handleRequest(request, response, request.body)
}

if (process.argv[2]) {
  const app = express()
  app.post('/mcp', express.json({ limit: '4mb', type: () => true }), handle)
  app.post('/plain', handle)
  app.use((error, request, response, next) => response.status(400).end())
  app.listen(Number(process.argv[2]), '127.0.0.1')
} else {
  await server().connect(new StdioServerTransport())
}
