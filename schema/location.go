package schema

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Location is what ingest stores beside an event: which record of the log it was, and
// when it was stored. The columns are topic, kafka_partition, kafka_offset, hash,
// stored_at and place, the last being Sum.
type Location struct {
	// Topic, Partition and Offset of the Kafka record. Ingest adds a base to the offsets
	// of each log that a partition gets, so that no two records ever have the same ones.
	Topic     string
	Partition int32
	Offset    int64
	// Hash is the leaf hash of the canonical bytes.
	Hash Hash
	// StoredAt is one value for a block and for every attempt to insert it: it
	// chooses the table partition, within which the token is remembered. The table
	// keeps milliseconds.
	StoredAt time.Time
	// Sum is the checksum over all of the above that was stored with it; zero for
	// what was stored before there was one.
	Sum Hash
	// Stray names a column of the stored row that holds what no field of the event
	// does, and that therefore no hash covers; empty on the rows that ingest writes.
	Stray string
}

// Checksum is what Sum must be. No key is in it: it finds an edit of these columns
// by somebody who did not know of it, and proves nothing against one who did.
func (p *Location) Checksum() Hash {
	h := sha256.New()
	h.Write(p.Hash[:])
	var b [24]byte
	binary.BigEndian.PutUint32(b[:], uint32(len(p.Topic)))
	binary.BigEndian.PutUint32(b[4:], uint32(p.Partition))
	binary.BigEndian.PutUint64(b[8:], uint64(p.Offset))
	binary.BigEndian.PutUint64(b[16:], uint64(p.StoredAt.UnixMilli()))
	h.Write(b[:])
	h.Write([]byte(p.Topic))
	var sum Hash
	h.Sum(sum[:0])
	return sum
}
