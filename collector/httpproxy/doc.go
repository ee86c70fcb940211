// Package httpproxy is a reverse proxy that records what passes between MCP clients
// and servers: Streamable HTTP of all revisions and the older HTTP+SSE.
//
// The one rule: every byte passes as it is and as it comes, and what the record
// holds of it was recorded before it was forwarded. A request is recorded before
// its last bytes go on, an answer likewise, a server-sent event before the line end
// that completes it.
//
// No name of a path and no content type switches the record off. CORS preflights and
// OAuth, whose addresses come from the upstream's own metadata, are exempt: of their
// bodies only what is JSON-RPC is recorded, and an event states that there were others.
package httpproxy
