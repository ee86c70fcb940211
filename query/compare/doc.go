// Package compare says what differs between two runs, two definitions or two JSON
// values.
//
// The one rule: order and spelling of JSON are no difference, anything else is. Numbers
// are compared as they are written.
package compare
