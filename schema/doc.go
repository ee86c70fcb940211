// Package schema defines the record that every part of mcptrail shares: the
// [Event], its canonical bytes, and the names of the topics that carry it.
//
// The one rule: an event has exactly one encoding. [Event.Append] followed by
// [Decode] gives the same event, and Decode followed by Append gives the same
// bytes, so a hash taken by a collector can be taken again from a database row.
//
// An event keeps the version that it was recorded under, and each version encodes for
// ever as it did, since its hash is sealed. Readers are brought up to date before
// collectors: [Decode] refuses a version that it does not know. The fields of all
// versions stand in one list, in fields.go, that everything else follows from.
package schema
