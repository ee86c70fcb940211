package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// world is a partition and a store in one, which accuses: it fails the test when
// an offset is committed that is not stored, when an offset is stored twice, when a
// token stands for other records than before, or when a log begins among stored offsets.
// Only the offsets of its log and its commits are without base.
type world struct {
	t *testing.T
	// mu guards all below, for the time of a call.
	mu        sync.Mutex
	log       []Record
	first     int64
	stored    map[int64]string
	tokens    map[string][]int64
	committed int64
	inserts   []string
	published []int64
	// insert, if set, decides the fate of the nth attempt, from 0.
	insert    func(n int) fate
	attempts  int
	resumes   int
	commitErr error
	// lostRows says that a committed offset without a row is one that was lost: most tests
	// begin with commits of nothing.
	lostRows  bool
	incidents []Incident
	metrics   *Metrics
	// logs that were begun; hashes of what is stored.
	logs []Log
	// session of what is produced now: records of another one are others.
	session byte
	hashes  map[int64]schema.Hash
}

type fate int

const (
	storedAndReported fate = iota
	storedNotReported
	notStored
	// notStoredTokenKnown: the engine remembers the token and has not the rows.
	notStoredTokenKnown
)

var errBroken, errOutOfRange = errors.New("connection broken"), errors.New("offset out of range")

func newWorld(t *testing.T, records int) *world {
	w := &world{t: t, stored: map[int64]string{}, tokens: map[string][]int64{}, hashes: map[int64]schema.Hash{}, committed: -2}
	w.produce(records)
	return w
}

func (w *world) produce(n int) {
	id := uuid.UUID{1, w.session}
	for range n {
		e := schema.Event{Version: schema.Version, Tenant: "t", Kind: schema.KindRequest, SessionID: id, Seq: uint64(len(w.log))}
		w.log = append(w.log, Record{Offset: w.first + int64(len(w.log)), Key: id[:], Value: e.Append(nil)})
	}
}

func (w *world) Bounds(context.Context) (int64, int64, error) {
	return w.first, w.end(), nil
}

// At implements [Partition].
func (w *world) At(_ context.Context, offset int64) (Record, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if offset < w.first || offset >= w.end() {
		return Record{}, false, errOutOfRange
	}
	for _, r := range w.log {
		if r.Offset == offset {
			return r, true, nil
		}
	}
	return Record{}, false, nil
}

// current is the log that is read now.
func (w *world) current() Log {
	if len(w.logs) == 0 {
		return Log{}
	}
	return w.logs[len(w.logs)-1]
}

// contents are the hashes of all that is stored.
func (w *world) contents() map[schema.Hash]bool {
	all := map[schema.Hash]bool{}
	for _, hash := range w.hashes {
		all[hash] = true
	}
	return all
}

// Hash implements [Store].
func (w *world) Hash(_ context.Context, _ string, _ int, offset int64) (schema.Hash, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	hash, known := w.hashes[offset]
	return hash, known, nil
}

// Newest implements [Store].
func (w *world) Newest(context.Context, string, int) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newest(), nil
}

func (w *world) newest() int64 {
	newest := int64(-1)
	for o := range w.hashes {
		newest = max(newest, o)
	}
	return newest
}

// Report implements [Store].
func (w *world) Report(_ context.Context, i Incident) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.incidents = append(w.incidents, i)
	return nil
}

// loseFrom is an older copy of the store that is put back: it lacks what was stored from
// an offset on, and remembers no token of it.
func (w *world) loseFrom(offset int64) {
	for o, token := range w.stored {
		if o >= offset {
			delete(w.stored, o)
			delete(w.hashes, o)
			delete(w.tokens, token)
		}
	}
}

// BeginLog implements [Store].
func (w *world) BeginLog(_ context.Context, _ string, _ int, log Log) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for o := range w.stored {
		if o >= log.Base {
			w.t.Errorf("a log with base %d begins, and offset %d is stored", log.Base, o)
		}
	}
	if w.committed+log.Base != log.Start {
		w.t.Errorf("a log begins at %d with base %d, and %d is committed", log.Start, log.Base, w.committed)
	}
	w.logs = append(w.logs, log)
	return nil
}

func (w *world) end() int64 {
	if len(w.log) == 0 {
		return w.first
	}
	return w.log[len(w.log)-1].Offset + 1
}

func (w *world) Fetch(ctx context.Context, offset int64, wait time.Duration) ([]Record, int64, error) {
	w.mu.Lock()
	i := slices.IndexFunc(w.log, func(r Record) bool { return r.Offset >= offset })
	first, end := w.first, w.end()
	var records []Record
	if i >= 0 {
		records = slices.Clone(w.log[i:min(i+3, len(w.log))])
	}
	w.mu.Unlock()
	if offset < first || offset > end {
		return nil, 0, errOutOfRange
	}
	if i >= 0 {
		return records, end, nil
	}
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case <-time.After(wait):
		return nil, end, nil
	}
}

func (w *world) Commit(next int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.log {
		if _, ok := w.stored[r.Offset+w.current().Base]; r.Offset < next && !ok && !w.contents()[schema.LeafHash(r.Value)] {
			w.t.Errorf("offset %d committed, offset %d is not stored", next, r.Offset)
		}
	}
	if w.commitErr != nil {
		return w.commitErr
	}
	w.committed = next
	return nil
}

func (w *world) Resume(_ context.Context, _ string, _ int, committed int64) (Progress, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resumes++
	log := w.current()
	from := max(committed, 0) + log.Base
	from = max(from, log.Start)
	reread := int64(0)
	if _, ok := w.stored[from-1]; from > log.Start && !ok && w.lostRows {
		reread = from
		for ; from > log.Start; from-- {
			if _, ok := w.stored[from-1]; ok {
				break
			}
		}
	}
	newest := Mark{Offset: -1}
	var offsets []int64
	for o := range w.stored {
		if o >= from {
			offsets = append(offsets, o)
		}
		if hash, ok := w.hashes[o]; ok && o >= log.Start && o > newest.Offset {
			newest = Mark{o, hash}
		}
	}
	slices.Sort(offsets)
	p := NewProgress(from, offsets)
	p.Base, p.Newest, p.Reread = log.Base, newest, reread
	return p, nil
}

func (w *world) Insert(_ context.Context, b *Block) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var offsets []int64
	hashes := map[int64]schema.Hash{}
	for _, e := range b.Events {
		offsets, hashes[e.Offset] = append(offsets, e.Offset), e.Hash
	}
	for _, r := range b.Rejected {
		offsets = append(offsets, r.Offset)
		if len(r.Value) > 0 && !slices.Contains(w.published, r.Offset) {
			w.t.Errorf("offset %d is stored as rejected and was not published", r.Offset)
		}
	}
	slices.Sort(offsets)
	f := storedAndReported
	if w.insert != nil {
		f = w.insert(w.attempts)
	}
	w.attempts++
	if f == notStored {
		return errBroken
	}
	if _, known := w.tokens[b.Token()]; known && !b.Tried {
		w.t.Errorf("block %s comes again and does not say so", b.Token())
	}
	if f == notStoredTokenKnown {
		w.tokens[b.Token()] = offsets
		return errBroken
	}
	w.keep(b.Token(), offsets, hashes)
	if f == storedNotReported {
		return errBroken
	}
	return nil
}

// keep is what engine and store do: a token that is known is not stored again, unless
// its rows are not there.
func (w *world) keep(token string, offsets []int64, hashes map[int64]schema.Hash) {
	if known, ok := w.tokens[token]; ok {
		if !slices.Equal(known, offsets) {
			w.t.Errorf("token %s stood for %v, now for %v", token, known, offsets)
		}
		if _, there := w.stored[offsets[0]]; there {
			return
		}
	}
	w.tokens[token] = offsets
	w.inserts = append(w.inserts, token)
	for _, o := range offsets {
		if by, ok := w.stored[o]; ok {
			w.t.Errorf("offset %d is stored twice, by %s and %s", o, by, token)
		}
		w.stored[o] = token
		if hash, ok := hashes[o]; ok {
			w.hashes[o] = hash
		}
	}
}

// run moves the partition until done says so.
func (w *world) run(config Config, done func() bool) *Metrics {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.metrics = NewMetrics()
	c := &Consumer{Config: config, Store: w, Metrics: w.metrics, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
		Publish: func(_ context.Context, _ string, _ int, rejected []Rejected) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, r := range rejected {
				w.published = append(w.published, r.Offset)
			}
			return nil
		}}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		c.Run(ctx, "t", 0, w.committed, w)
	}()
	for range 10000 {
		w.mu.Lock()
		enough := done()
		w.mu.Unlock()
		if enough {
			cancel()
			<-finished
			return w.metrics
		}
		time.Sleep(10 * time.Millisecond) // Of a synctest bubble.
	}
	cancel()
	<-finished
	w.t.Fatal("never done")
	return nil
}

func (w *world) allCommitted() bool { return w.committed == w.end() }

// allStored reports whether the store has everything that the log holds now.
func (w *world) allStored() bool {
	all := w.contents()
	for _, r := range w.log {
		if !all[schema.LeafHash(r.Value)] {
			return false
		}
	}
	return w.committed == w.end()
}

func small() Config {
	c := Defaults()
	c.BlockEvents = 8
	return c
}

func tokens(ranges ...[2]int) (all []string) {
	for _, r := range ranges {
		all = append(all, fmt.Sprintf("t/0/%d-%d", r[0], r[1]))
	}
	return all
}
