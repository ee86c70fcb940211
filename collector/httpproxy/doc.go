// Package httpproxy is a reverse proxy that records what passes between MCP clients
// and servers: Streamable HTTP of all revisions and the older HTTP+SSE.
//
// The one rule: every byte passes as it is and as it comes, and what the record
// holds of it was recorded before it was forwarded. A request is recorded before
// its last bytes go on, an answer likewise, a server-sent event before the line end
// that completes it.
//
// Everything is captured but CORS preflights and what obtains credentials:
// /.well-known, OAuth endpoints by their usual names, and HTML forms.
package httpproxy
