// Package cli is the reading half of the command `mcptrail`: sessions, show,
// events, search and tail.
//
// The one rule: recorded text is what a stranger wrote. None of it reaches a
// terminal but as printable characters, so that it can neither move the cursor
// nor pass for a line of ours.
package cli
