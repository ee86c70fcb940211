package spool

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
)

// A heading is 72 bytes, little endian:
//
//	0  magic (3), flags     4  CRC32C of the heading    8  CRC32C of heading and value
//	12 length of the value  16 number    24 time (ns)   32 session   48 seq   56 size
//	64 collector seq
//
// Each checksum starts from one half of the salt. The heading has one of its own so
// that a damaged value does not hide whose it was, nor where the next frame begins.
const (
	headingBytes = 72
	flagControl  = 1
	flagSeal     = 2
)

var (
	frameMagic = []byte{'m', 't', 0xf5}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// heading is what a frame says about its value.
type heading struct {
	Lost
	crc    uint32
	length int64
	number uint64
	time   int64
}

// appendFrame adds the frame of a record to b.
func appendFrame(b []byte, r *durable.Record, number uint64, time int64, salt uint64) []byte {
	start := len(b)
	b = append(b, frameMagic...)
	var flags byte
	if r.Control {
		flags |= flagControl
	}
	if r.Seal {
		flags |= flagSeal
	}
	b = append(b, flags)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Value)))
	b = binary.LittleEndian.AppendUint64(b, number)
	b = binary.LittleEndian.AppendUint64(b, uint64(time))
	b = append(b, r.Session[:]...)
	b = binary.LittleEndian.AppendUint64(b, r.Seq)
	b = binary.LittleEndian.AppendUint64(b, r.Size)
	b = binary.LittleEndian.AppendUint64(b, r.CollectorSeq)
	b = append(b, r.Value...)
	f := b[start:]
	binary.LittleEndian.PutUint32(f[8:], valueSum(f, salt))
	binary.LittleEndian.PutUint32(f[4:], headingSum(f, salt))
	return b
}

// headingSum covers the heading but its own field, so the sum of the value must be in it before.
func headingSum(f []byte, salt uint64) uint32 {
	sum := crc32.Update(uint32(salt), castagnoli, f[:4])
	return crc32.Update(sum, castagnoli, f[8:headingBytes])
}

// valueSum covers the heading too, but the two sums: a value under another heading is damage.
func valueSum(f []byte, salt uint64) uint32 {
	sum := crc32.Update(uint32(salt>>32), castagnoli, f[:4])
	return crc32.Update(sum, castagnoli, f[12:])
}

// parseHeading reads the heading at the start of f, if there is one.
func parseHeading(f []byte, salt uint64) (h heading, ok bool) {
	if len(f) < headingBytes || string(f[:3]) != string(frameMagic) ||
		binary.LittleEndian.Uint32(f[4:]) != headingSum(f, salt) {
		return h, false
	}
	h = heading{
		Lost: Lost{
			Session:      uuid.UUID(f[32:48]),
			Seq:          binary.LittleEndian.Uint64(f[48:]),
			Size:         binary.LittleEndian.Uint64(f[56:]),
			CollectorSeq: binary.LittleEndian.Uint64(f[64:]),
			Control:      f[3]&flagControl != 0,
			Seal:         f[3]&flagSeal != 0,
		},
		crc:    binary.LittleEndian.Uint32(f[8:]),
		length: int64(binary.LittleEndian.Uint32(f[12:])),
		number: binary.LittleEndian.Uint64(f[16:]),
		time:   int64(binary.LittleEndian.Uint64(f[24:])),
	}
	return h, h.length > 0 && h.length <= maxValue
}
