// Package ship stands between the recorder and Kafka: it puts events into the spool,
// brings what lies there to the broker, and frees what ClickHouse holds.
//
// The one rule: an event is freed only when the store said that it has it. Kafka's
// answer alone frees nothing, so a broker that forgets is given everything again.
// Whatever was lost on the way is recorded to the recorder first, and freed when that
// is on disk.
package ship
