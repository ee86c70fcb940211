// Package trail joins sessions into the workflows of agents, by the correlation keys that
// were recorded on them.
//
// The one rule: a key that a client can choose joins only what one principal did, and
// every join says which rule made it, from what, and with what confidence. Evidence
// against a join is reported, never dropped.
package trail
