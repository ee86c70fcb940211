// Package collector turns what transports see into events, off the traffic's path.
//
// The one rule: whatever a transport has seen becomes an event, or is counted in a
// gap that is itself an event. Traffic waits for nothing but a short lock.
//
// A message goes this way:
//
//	transport -> Exchange.Request/Response/Event/… -> queue (bounded in bytes and count)
//	          -> sessions (assign, classify, pair) -> clean -> number and chain -> publish
//
// Everything behind the queue runs in one goroutine, so nothing there is locked and
// the order of the queue is the order of the record.
package collector
