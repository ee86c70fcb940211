// Package sealtest numbers and seals events for tests, as a collector does.
package sealtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Collector is an identity and the epochs that it has begun.
type Collector struct {
	Tenant, ID string
	Key        *seal.Key
	// Number is that of the last epoch.
	Number uint64
}

// New makes a collector with a key of its own.
func New(tenant, id string) *Collector {
	return &Collector{Tenant: tenant, ID: id, Key: must(seal.NewKey(id))}
}

// Trusted is who takes the collector's word.
func (c *Collector) Trusted() *seal.Trusted { return must(seal.Trust(c.Key.Public())) }

// Epoch is one run of a collector. Its fields may be changed between seals, to
// do what no collector does.
type Epoch struct {
	*Collector
	UUID        uuid.UUID
	Key         *seal.Key
	Certificate []byte
	// Next is the collector_seq of the next event.
	Next uint64
	// Index, Previous and Time are those of the next seal.
	Index    uint64
	Previous schema.Hash
	Time     int64

	first  uint64
	leaves []schema.Hash
	// heads are of all sessions, touched of those in the run.
	heads   map[uuid.UUID]seal.Head
	touched map[uuid.UUID]bool
}

// Epoch begins a run at a time, in nanoseconds since 1970.
func (c *Collector) Epoch(time int64) *Epoch {
	c.Number++
	e := &Epoch{Collector: c, UUID: uuid.Must(uuid.NewV7()), Time: time,
		heads: map[uuid.UUID]seal.Head{}, touched: map[uuid.UUID]bool{}}
	e.Key = must(seal.NewKey(e.UUID.String()))
	e.Certificate = must(c.Key.Certify(&seal.Certificate{Tenant: c.Tenant, CollectorID: c.ID, Epoch: e.UUID, Number: c.Number, Key: e.Key.Public(), Time: time}))
	return e
}

// Add gives events their collector, number and link to the one before them, and the
// version that collectors write where they have none, and takes them into the run that
// is sealed next. Session, seq and the rest are the caller's.
func (e *Epoch) Add(events ...*schema.Event) {
	for _, event := range events {
		if event.Version == 0 {
			event.Version = schema.Version
		}
		event.Tenant, event.CollectorID, event.Epoch, event.CollectorSeq = e.Tenant, e.ID, e.UUID, e.Next
		if head, ok := e.heads[event.SessionID]; ok {
			event.Prev = head.Hash
		}
		leaf := schema.LeafHash(event.Append(nil))
		e.Next++
		e.leaves = append(e.leaves, leaf)
		e.heads[event.SessionID] = seal.Head{Session: event.SessionID, Seq: event.Seq, Hash: leaf, Closed: event.Kind == schema.KindClose}
		e.touched[event.SessionID] = true
	}
}

// Seal seals what was added since the seal before.
// Without events it seals an empty run. Time advances by one second for each seal.
func (e *Epoch) Seal(final bool) seal.Record {
	e.Time += 1e9
	s := seal.Seal{Tenant: e.Tenant, CollectorID: e.ID, Epoch: e.UUID, Index: e.Index, Previous: e.Previous,
		First: e.first, Count: uint64(len(e.leaves)), Root: seal.Root(e.leaves), Time: e.Time, Final: final}
	for id := range e.touched {
		s.Heads = append(s.Heads, e.heads[id])
	}
	// The order of the ids as text is what [seal.Seal] demands.
	slices.SortFunc(s.Heads, func(a, b seal.Head) int { return strings.Compare(a.Session.String(), b.Session.String()) })
	note := must(e.Key.Sign(&s))
	r := seal.Record{Note: note, Certificate: e.Certificate, Leaves: e.leaves}
	e.Index++
	e.Previous = seal.Hash(note)
	e.first, e.leaves, e.touched = e.Next, nil, map[uuid.UUID]bool{}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("sealtest: %v", err))
	}
	return v
}
