package faults

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// recovery is how long everything accepted may take to be visible after a fault.
const recovery = 30 * time.Second

// visible waits until every event that was accepted is in the store, or named as
// lost, and returns how long that took.
func (s *stack) visible() time.Duration {
	s.t.Helper()
	missing := map[schema.Hash]accepted{}
	for _, o := range s.oracles {
		o.mu.Lock()
		for _, e := range o.events {
			missing[e.hash] = e
		}
		o.mu.Unlock()
	}
	promised := len(missing)
	begun := time.Now()
	for len(missing) > 0 {
		if err := s.strike(missing); err != nil {
			s.t.Logf("looking into the store: %v", err)
		}
		if took := time.Since(begun); len(missing) > 0 && took > wait.Within(recovery) {
			s.explain(missing)
			s.t.Fatalf("%d of %d accepted events are not visible after %v", len(missing), promised, took.Round(time.Second))
		}
		if len(missing) > 0 {
			s.tend()
			<-time.After(100 * time.Millisecond)
		}
	}
	return time.Since(begun)
}

// explain says of a few that are missing what else is known of them.
func (s *stack) explain(missing map[schema.Hash]accepted) {
	n := 0
	for _, e := range missing {
		if n++; n > 3 {
			break
		}
		var stored, last uint64
		if err := s.db.QueryRow(s.t.Context(), "SELECT count(), max(collector_seq) FROM events WHERE epoch = ?", e.epoch).Scan(&stored, &last); err != nil {
			s.t.Log(err)
		}
		s.t.Logf("missing is collector_seq %d of epoch %s, of which %d are stored, up to %d", e.collectorSeq, e.epoch, stored, last)
	}
	left, err := spool.Status(s.spool)
	s.t.Logf("in the spool: %+v, %v", left, err)
}

// strike removes what the store has, or names as lost.
func (s *stack) strike(missing map[schema.Hash]accepted) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), wait.Within(5*time.Second))
	defer cancel()
	found, err := s.db.Query(ctx, "SELECT DISTINCT hash FROM events")
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			return err
		}
		delete(missing, schema.Hash([]byte(text)))
	}
	if err := found.Err(); err != nil || len(missing) == 0 {
		return err
	}
	lost, err := s.lost(ctx)
	for hash, e := range missing {
		if lost[place{e.epoch, e.collectorSeq}] {
			delete(missing, hash)
		}
	}
	return err
}

// place is a number of an epoch, or of a session.
type place struct {
	of uuid.UUID
	n  uint64
}

// stored reads the events that a condition chooses, each checked against its hash.
func (s *stack) stored(ctx context.Context, where string) (events []*schema.Event, err error) {
	found, err := s.db.Query(ctx, "SELECT "+rows.Columns()+" FROM events WHERE "+where+" LIMIT 1 BY hash")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var scanner rows.Scanner
	for found.Next() {
		e, at, err := scanner.Scan(found)
		if err != nil {
			return nil, err
		}
		if leaf := schema.LeafHash(e.Append(nil)); leaf != at.Hash {
			s.t.Errorf("event %d of session %s is stored as other bytes than were hashed", e.Seq, e.SessionID)
		}
		copied := *e
		events = append(events, &copied)
	}
	return events, found.Err()
}

// lost are the numbers of epochs that the record names as lost.
func (s *stack) lost(ctx context.Context) (map[place]bool, error) {
	events, err := s.stored(ctx, "kind IN ('gap', 'collector')")
	lost := map[place]bool{}
	for _, e := range events {
		for _, r := range e.Lost().Events {
			for n := r.From; n <= r.To; n++ {
				lost[place{r.Epoch, n}] = true
			}
		}
	}
	return lost, err
}

// tally is what a check found.
type tally struct {
	sessions, events, messages int
	// envelopes are messages whose bodies found no capacity.
	envelopes int
	// repeated rows, which no reader sees.
	repeated int
	// gaps, and the messages that they name; lost numbers of epochs.
	gaps, named, lost int
	// holes are numbers of sessions that only the lost numbers of epochs explain: the
	// heading that named the session was lost too.
	holes int
	// pauses that collectors stated.
	pauses int
}

// check holds the store against what was accepted, by the eyes of a reader: each
// session through the API, each event once, each number an event or in a gap, each
// message what the oracle issues in that place.
func (s *stack) check() (c tally) {
	s.t.Helper()
	s.healthy()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Minute)
	defer cancel()
	var all []*schema.Event
	var lost map[place]bool
	var stored uint64
	s.ask("the store", func() (err error) {
		if all, err = s.stored(ctx, "1"); err != nil {
			return err
		}
		if lost, err = s.lost(ctx); err != nil {
			return err
		}
		return s.db.QueryRow(ctx, "SELECT count() FROM events").Scan(&stored)
	})
	c.events, c.lost = len(all), len(lost)
	sessions, epochs := map[uuid.UUID]int{}, map[uuid.UUID]map[uint64]bool{}
	for _, e := range all {
		sessions[e.SessionID]++
		if e.Kind == schema.KindCollector && strings.Contains(string(e.Payload), `"paused"`) {
			c.pauses++
		}
		if epochs[e.Epoch] == nil {
			epochs[e.Epoch] = map[uint64]bool{}
		}
		if epochs[e.Epoch][e.CollectorSeq] {
			s.t.Errorf("two events of epoch %s have collector_seq %d", e.Epoch, e.CollectorSeq)
		}
		epochs[e.Epoch][e.CollectorSeq] = true
	}
	c.repeated = int(stored) - len(all)
	s.dense(epochs, lost)
	issued := map[[4]int]bool{}
	for id, want := range sessions {
		c.sessions++
		if got := s.session(s.t.Context(), id, &c, issued); got != want {
			s.t.Errorf("the API shows %d of the %d events of session %s", got, want, id)
		}
	}
	if c.holes > c.lost {
		s.t.Errorf("%d numbers of sessions are no events and in no gap, and only %d are named as lost", c.holes, c.lost)
	}
	for _, o := range s.oracles {
		if o.issued > 0 && s.of(o, issued)+c.envelopes+c.named != o.issued && len(s.oracles) == 1 {
			s.t.Errorf("%d messages were issued, %d are stored and %d are named by gaps", o.issued, s.of(o, issued), c.named)
		}
	}
	s.verify()
	s.t.Logf("%+v", c)
	return c
}

// of counts the messages of one oracle.
func (s *stack) of(o *oracle, issued map[[4]int]bool) (n int) {
	for m := range issued {
		if m[0] == o.config.Run {
			n++
		}
	}
	return n
}

// dense fails where a number of an epoch is neither stored nor named.
func (s *stack) dense(epochs map[uuid.UUID]map[uint64]bool, lost map[place]bool) {
	for id, has := range epochs {
		for n, seen := uint64(0), 0; seen < len(has); n++ {
			switch {
			case has[n]:
				seen++
			case !lost[place{id, n}]:
				s.t.Errorf("nothing has collector_seq %d of epoch %s, and nothing says why", n, id)
				return
			}
		}
	}
}

// session reads one session through the API.
func (s *stack) session(ctx context.Context, id uuid.UUID, c *tally, issued map[[4]int]bool) (events int) {
	ctx, cancel := context.WithTimeout(ctx, wait.Limit)
	defer cancel()
	covered := map[uint64]bool{}
	seen := map[uint64]bool{}
	var last uint64
	for _, e := range s.shown(ctx, id) {
		events++
		if seen[e.Seq] {
			s.t.Errorf("session %s shows two events %d", id, e.Seq)
		}
		seen[e.Seq] = true
		last = max(last, e.Seq)
		if g := e.Gap; g != nil {
			c.gaps++
			c.named += int(g.Count)
			if g.Count != g.ToSeq-g.FromSeq+1 {
				s.t.Errorf("a gap from %d to %d counts %d", g.FromSeq, g.ToSeq, g.Count)
			}
			for n := g.FromSeq; n <= g.ToSeq; n++ {
				covered[n] = true
			}
		}
		s.message(&e, c, issued)
	}
	for n := range last {
		if !seen[n] && !covered[n] {
			c.holes++
		}
	}
	return events
}

// healthy waits until the record can be read.
func (s *stack) healthy() {
	s.t.Helper()
	s.await("the query service", recovery, func() bool {
		h, err := s.client.Health(s.t.Context())
		return err == nil && h.Status == "ok"
	})
}

// ask reads something, and again where the engine ended by itself meanwhile, as the
// embedded one does now and then.
func (s *stack) ask(what string, read func() error) {
	s.t.Helper()
	for tries := 0; ; tries++ {
		err := read()
		if err == nil {
			return
		}
		if tries == 3 {
			s.t.Fatalf("reading %s: %v", what, err)
		}
		s.t.Logf("reading %s: %v", what, err)
		<-time.After(time.Second) // an engine that answers that it ends takes a moment to do so
		s.healthy()
	}
}

// shown are the events that the API gives of a session.
func (s *stack) shown(ctx context.Context, id uuid.UUID) (events []wire.Event) {
	s.t.Helper()
	s.ask("session "+id.String(), func() (failed error) {
		events = nil
		for e, err := range s.client.Events(ctx, id.String(), 0, true) {
			if failed = err; err == nil {
				events = append(events, e)
			}
		}
		return failed
	})
	return events
}

// message holds a message against what the oracle issues in its place.
func (s *stack) message(e *wire.Event, c *tally, issued map[[4]int]bool) {
	if e.Kind != schema.KindRequest && e.Kind != schema.KindAnswer {
		return
	}
	if len(e.Payload) == 0 || string(e.Payload) == "null" {
		if e.Size > 0 { // else it is how an exchange ended whose answer found no capacity
			c.messages++
			c.envelopes++
		}
		return
	}
	c.messages++
	at, ok := where(e.Payload)
	if !ok {
		s.t.Errorf("the oracle never said %.200s", e.Payload)
		return
	}
	if issued[at] {
		s.t.Errorf("%s of message %v of run %d is there twice", e.Direction, at[2], at[0])
	}
	issued[at] = true
	if at[0] < len(s.oracles) {
		if want := body(e.Direction, at[0], at[1], at[2], s.oracles[at[0]].config.Filler); string(want) != string(e.Payload) {
			s.t.Errorf("message %v was changed on its way: %.200s", at, e.Payload)
		}
	}
}
