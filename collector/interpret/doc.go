// Package interpret turns observations into drafts of events and assigns them to
// sessions. The journal records the drafts.
//
// The one rule: every observation that becomes an event belongs to exactly one session,
// found by the strongest evidence that the exchange shows, and what a client chooses
// never finds the session of another principal.
//
// All of an interpreter belongs to one goroutine, and so does the state of every
// exchange that it keeps in [observe.Exchange].
package interpret
