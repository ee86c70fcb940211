// Package journal makes the record from drafts of events: it cleans, numbers, chains,
// encodes and seals them. It knows no exchange, no queue, and no clock but a func.
//
// The one rule: numbers are dense and every record is chained, sealed and handed on in
// the order of its number. What cannot be recorded gets a number too, in a gap.
//
// All of a journal belongs to one goroutine.
package journal
