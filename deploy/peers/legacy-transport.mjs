// The three transports of the legacy era, from the TypeScript SDK v1.

import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export function openLegacy({ url, sse, command, args }) {
  if (url) return new StreamableHTTPClientTransport(new URL(url))
  if (sse) return new SSEClientTransport(new URL(sse))
  return new StdioClientTransport({ command, args, stderr: 'inherit' })
}
