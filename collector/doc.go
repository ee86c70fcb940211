// Package collector wires what turns traffic into the record, off the traffic's path.
//
// The one rule: whatever a transport has seen becomes an event, or is counted in a
// gap that is itself an event. Traffic waits for nothing but a short lock.
//
// A message goes this way, and no package knows the ones above it:
//
//	stdio, httpproxy, transcript    what passes a transport
//	observe                         an exchange reports it to the queue, bounded in bytes and count
//	collector                       the one goroutine behind the queue takes it
//	interpret                       which session it belongs to, and a draft of its event
//	journal                         clean, number, chain, encode, seal
//	durable                         a record, which the next stage (spool) makes durable
//
// Everything behind the queue runs in one goroutine, so nothing there is locked and
// the order of the queue is the order of the record.
package collector
