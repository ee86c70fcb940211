// Package schema defines the record that every part of mcptrail shares: the
// [Event], its canonical bytes, and the names of the topics that carry it.
//
// The one rule: an event has exactly one encoding. [Event.Append] followed by
// [Decode] gives the same event, and Decode followed by Append gives the same
// bytes, so a hash taken by a collector can be taken again from a database row.
package schema
