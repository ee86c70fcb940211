package ingest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Add adds a record behind those that the block has, as an event, a seal, or a rejected
// record; the error is why it was rejected.
func (b *Block) Add(r Record) error {
	if b.empty() {
		b.First, b.Begun = r.Offset, time.Now()
	}
	b.Last = r.Offset
	b.bytes += len(r.Value) + len(r.Key)
	err := b.decode(r)
	if err != nil {
		b.Rejected = append(b.Rejected, Rejected{Record: r, Reason: err.Error()})
	}
	return err
}

// addMissing adds that a run of offsets up to this one was gone.
func (b *Block) addMissing(last int64, reason string) {
	if b.empty() {
		b.First, b.Begun = last, time.Now()
	}
	b.Last = last
	b.Rejected = append(b.Rejected, Rejected{Record: Record{Offset: last}, Reason: reason})
}

// decode adds a record to the block as what its first bytes say it is, whatever
// the topic. It refuses a key that is not the session's, or of a seal the
// collector's: such a record is out of order, or somebody forged it. Signatures are
// not checked here; ingest trusts no key, and a bad seal is evidence too.
func (b *Block) decode(r Record) error {
	if seal.IsRecord(r.Value) {
		record, s, err := seal.DecodeRecord(r.Value)
		if err == nil && string(r.Key) != s.CollectorID {
			err = fmt.Errorf("%w: the record's key is not its collector", seal.ErrInvalid)
		}
		if err == nil {
			b.Seals = append(b.Seals, Sealed{Record: record, Seal: s, Offset: r.Offset})
		}
		return err
	}
	e, err := schema.Decode(r.Value)
	if err == nil && !bytes.Equal(r.Key, e.SessionID[:]) {
		err = fmt.Errorf("%w: the record's key is not its session", schema.ErrInvalid)
	}
	if err == nil {
		b.Events = append(b.Events, Entry{Event: e, Offset: r.Offset, Hash: schema.LeafHash(r.Value)})
	}
	return err
}
