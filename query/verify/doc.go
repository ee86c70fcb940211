// Package verify checks a record against the seals over it.
//
// The one rule: it trusts the keys that it is given and nothing else, neither the
// place that the record came from nor what came with it, and it never calls a record
// wrong that nobody changed: delivery is at least once, so events may come twice, in
// any order, and late.
//
// A [Verifier] takes all seals first, then the events, and keeps 32 bytes for each
// event that the seals cover. It reads no clock, no file and no network.
package verify
