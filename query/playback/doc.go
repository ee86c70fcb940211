// Package playback serves a recorded session back as an MCP server.
//
// The one rule: every answer is one that was recorded for the same question. What was
// not asked then gets an error that names the nearest recorded call, never a guess; only
// ping and logging/setLevel, from which nothing follows, are always acknowledged.
package playback
