// A stateless server of the TypeScript SDK v1 that serves MCP under every path, as an application does that mounts the
// SDK's transport itself: which paths an upstream answers is its own affair.
//
//   PORT=3001 node anypath-server.mjs

import { createServer } from 'node:http'
import { z } from 'zod'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

createServer(async (request, response) => {
  const server = new McpServer({ name: 'anypath', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: { message: z.string() } }, ({ message }) => ({ content: [{ type: 'text', text: message }] }))
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
  await server.connect(transport)
  await transport.handleRequest(request, response)
}).listen(Number(process.env.PORT), '127.0.0.1')
