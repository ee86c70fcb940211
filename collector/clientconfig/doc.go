// Package clientconfig edits the configuration of MCP clients, so that their servers
// run through a collector, and back.
//
// The one rule: a file is edited where something has to change and nowhere else, and
// every edit can be seen and undone from the text alone. So what Wrap made of a file
// Unwrap makes into the file again, byte for byte, and whatever its owner or the
// client changed in between stays.
//
// A server that runs as a command keeps its members. Its command moves behind ours,
// as the first of its arguments:
//
//	"command": "npx", "args": ["-y", "server"]
//	"command": "/usr/bin/mcptrail-collector", "args": ["stdio", "--upstream=NAME", "--", "npx", "-y", "server"]
//
// Where there were no arguments there is no "--", from which Unwrap knows that there were
// none. Of a remote server's address only the origin is exchanged for one of this
// machine; path and query, which may hold secrets, stay where they were. env and
// headers are never touched.
package clientconfig
