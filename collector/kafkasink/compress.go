package kafkasink

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// compressing is a transport that compresses the record batches that pass through it.
//
// kafka-go has one codec per kind for the whole process. Its zstd encoders hold a window
// of 8 MiB twice for each partition that is written to at a time, more than all else in
// a collector, and a smaller window cannot be configured but by overwriting that
// process-wide table. So the Writer sends plain batches, and they are compressed here.
type compressing struct {
	kafka.RoundTripper
	// encoder is safe for concurrent use by EncodeAll; each of its encoders is a window.
	encoder *zstd.Encoder
}

const (
	// window is the farthest distance of a match, in bytes. Events repeat each other over
	// short distances.
	window = 256 << 10
	// encoders bounds how many batches are compressed at a time, and so the memory.
	encoders = 2
)

// newCompressing puts compression in front of next. The encoder allocates its windows at
// first use, so a collector whose broker is away pays nothing for it.
func newCompressing(next kafka.RoundTripper) (*compressing, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithLowerEncoderMem(true), zstd.WithEncoderConcurrency(encoders), zstd.WithZeroFrames(true))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	return &compressing{next, encoder}, nil
}

// RoundTrip implements [kafka.RoundTripper].
func (c *compressing) RoundTrip(ctx context.Context, addr net.Addr, request kafka.Request) (kafka.Response, error) {
	plain, ok := request.(*produce.Request)
	if !ok {
		return c.RoundTripper.RoundTrip(ctx, addr, request)
	}
	// A raw request carries bytes instead of records. The broker's answer is the same for
	// both, so that the Writer's per-partition errors still find their batch.
	raw := &rawproduce.Request{TransactionalID: plain.TransactionalID, Acks: plain.Acks, Timeout: plain.Timeout}
	for _, t := range plain.Topics {
		topic := rawproduce.RequestTopic{Topic: t.Topic}
		for _, p := range t.Partitions {
			batch, err := c.compress(p.RecordSet)
			if err != nil {
				return nil, fmt.Errorf("encoding records for partition %d of %s: %w", p.Partition, t.Topic, err)
			}
			topic.Partitions = append(topic.Partitions, rawproduce.RequestPartition{Partition: p.Partition,
				RecordSet: protocol.RawRecordSet{Reader: bytes.NewReader(batch)}})
		}
		raw.Topics = append(raw.Topics, topic)
	}
	return c.RoundTripper.RoundTrip(ctx, addr, raw)
}

// A record set on the wire is its length and a batch of format 2: a header, of which the
// checksum covers all from the attributes on, and the records, which alone are compressed.
const (
	lengthAt     = 0  // of what follows it, 4 bytes
	batchAt      = 4  // the batch begins here; its own length is at batchAt+8
	checksumAt   = 21 // CRC32C, 4 bytes
	attributesAt = 25 // 2 bytes, the codec in the low three bits
	recordsAt    = 65
)

// compress encodes a record set with its records compressed.
func (c *compressing) compress(set protocol.RecordSet) ([]byte, error) {
	// Format 2 is fixed, not negotiated: only its header has the layout that the offsets
	// above describe, and each broker since 0.11 reads it.
	set.Version, set.Attributes = 2, 0
	var plain bytes.Buffer
	if _, err := set.WriteTo(&plain); err != nil {
		return nil, err
	}
	b := plain.Bytes()
	// Both lengths, the codec and the checksum change with the records; the number of
	// records and the timestamps in the header stay. The checksum comes last, since it
	// covers the attributes.
	out := c.encoder.EncodeAll(b[recordsAt:], append(make([]byte, 0, recordsAt+len(b)/2), b[:recordsAt]...))
	binary.BigEndian.PutUint32(out[lengthAt:], uint32(len(out)-batchAt))
	binary.BigEndian.PutUint32(out[batchAt+8:], uint32(len(out)-batchAt-12))
	binary.BigEndian.PutUint16(out[attributesAt:], uint16(kafka.Zstd))
	binary.BigEndian.PutUint32(out[checksumAt:], crc32.Checksum(out[attributesAt:], crc32.MakeTable(crc32.Castagnoli)))
	return out, nil
}
