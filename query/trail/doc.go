// Package trail joins sessions into the workflows of agents, by the keys that were
// seen on them.
//
// The one rule: a key that a client can choose joins only what one principal did, and
// every join says which rule made it, from what, and how far to believe it. What
// speaks against a join is shown, never dropped.
package trail
