// Package seal is the evidence over the record: what a collector signs, and how
// that is checked by whoever trusts its public key and nothing else.
//
// The one rule: a seal has exactly one encoding, and a check trusts keys that it
// is given, never keys that come with the data.
//
// A collector has an identity, an Ed25519 key that outlives it. Each run of it, an
// epoch, has a key of its own in memory only, which the identity certifies; it is
// dropped after the last seal, so that nobody can seal the past again. Every few
// seconds the epoch signs a [Seal] over a run of its events: the Merkle root
// (RFC 6962) of their leaf hashes, the seal before it, and the head of every
// session that the run touched. While nothing happens it signs empty runs.
//
// Seals and certificates are signed notes (golang.org/x/mod/sumdb/note): text that
// a person can read, and that other tools can check.
package seal
