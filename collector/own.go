package collector

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// statement is the payload of an event of kind collector.
type statement struct {
	// What happened: paused, resumed, policy, adopted, lost.
	What   string `json:"what"`
	Reason string `json:"reason,omitempty"`
	// Nanoseconds that it took, of a pause that is over.
	Nanoseconds int64 `json:"ns,omitempty"`
	// Refused messages, which were not passed on either.
	Refused uint64 `json:"refused,omitempty"`
	// Records that were found, or of those that are lost how many; Unknown says that
	// nobody can tell.
	Records uint64 `json:"records,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Unknown bool   `json:"unknown_count,omitempty"`
	// Epoch of the process that they are of.
	Epoch string `json:"epoch,omitempty"`
	// File that another policy was read from, and the hashes of the policies.
	File string `json:"file,omitempty"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	*schema.Lost
}

// start opens the collector's own session.
func (ss *sessions) start(now time.Time) {
	if ss.config.Self == nil {
		return
	}
	ss.own = &session{id: uuid.Must(uuid.NewV7()), basis: schema.BasisCollector, began: now, last: now}
	ss.stats.Opened.Add(1)
	e := ss.event(ss.own, nil, schema.KindOpen, now)
	self := *ss.config.Self
	self.Key = ss.config.Key.Text("key id", ss.config.Tenant)[:policyDigits]
	e.Payload = detail(self)
	ss.record(ss.own, e)
}

// stop ends it.
func (ss *sessions) stop(now time.Time) {
	if ss.own != nil {
		ss.close(ss.own, nil, observe.Exit{Reason: "stopped"}, now)
	}
}

// state records a fact about the collector itself.
func (ss *sessions) state(what statement, now time.Time) {
	if ss.own == nil {
		return
	}
	e := ss.event(ss.own, nil, schema.KindCollector, now)
	e.Payload = detail(what)
	ss.record(ss.own, e)
}

// maxSleep is how late a tick may be before it is told that nobody watched.
const maxSleep = 10 * time.Second

// slept notices that the process did not run: it was stopped, or the host was.
func (ss *sessions) slept(between time.Duration, now time.Time) {
	if between > tick+maxSleep {
		ss.state(statement{What: "paused", Reason: "not_running", Nanoseconds: int64(between - tick)}, now)
	}
}

// repay records what is owed: a gap for each run of a session's events that found no
// room, and the seals, which can come late.
func (ss *sessions) repay(owed []owedRecord, now time.Time) {
	type run struct {
		of   *session
		gap  schema.Gap
		lost []schema.LostRange
	}
	var runs []*run
	open := map[*session]*run{}
	for i := range owed {
		r := &owed[i]
		if r.Seal {
			ss.keep(r.Record, nil)
			continue
		}
		at := open[r.of]
		if at == nil || at.gap.To+1 != r.Seq {
			at = &run{of: r.of, gap: schema.Gap{From: r.Seq, Reason: spoolFull}}
			runs, open[r.of] = append(runs, at), at
		}
		at.gap.To = r.Seq
		at.gap.Count++
		at.gap.Bytes += r.Size
		if n := len(at.lost); n > 0 && at.lost[n-1].To+1 == r.CollectorSeq {
			at.lost[n-1].To++
		} else {
			at.lost = append(at.lost, schema.LostRange{Epoch: ss.epoch, From: r.CollectorSeq, To: r.CollectorSeq})
		}
	}
	for _, r := range runs {
		ss.gap(r.of, nil, r.gap, r.lost, now)
	}
}

// Damaged records what is lost, in the place of each event that is known and in the
// collector's own session, and returns when that is safe.
func (r *Recorder) Damaged(ctx context.Context, d durable.Loss) error {
	return r.doSafely(ctx, func() {
		ss, now := r.sessions, r.now()
		ss.state(statement{What: "lost", Reason: d.Reason, Records: d.Records, Unknown: d.Unknown, Bytes: d.Bytes, Epoch: d.Epoch.String(), Lost: &d.Lost}, now)
		for _, lost := range d.Events {
			ss.placeholder(lost, d.Reason, now)
		}
	})
}

// placeholder is a gap that takes the place of the event that is lost.
func (ss *sessions) placeholder(lost durable.LostEvent, reason string, now time.Time) {
	s := &session{id: lost.Session, began: now}
	e := ss.event(s, nil, schema.KindGap, now)
	e.Seq, e.Gap = lost.Seq, &schema.Gap{From: lost.Seq, To: lost.Seq, Count: 1, Bytes: lost.Size, Reason: reason}
	ss.clean(s, e)
	ss.number(s, e)
	ss.stats.Lost.Add(1)
	ss.stats.LostBytes.Add(lost.Size)
}

// Adopted records that this process took over what a dead one had left.
func (r *Recorder) Adopted(sets int) {
	r.do(func() { r.sessions.state(statement{What: "adopted", Records: uint64(sets)}, r.now()) }, nil)
}

// errNoRoom says that something could not be recorded; try again later.
var errNoRoom = errors.New("the record has no room")

func (r *Recorder) doSafely(ctx context.Context, what func()) error {
	durable := make(chan bool, 1)
	if !r.do(what, durable) {
		return errNoRoom
	}
	select {
	case safe := <-durable:
		if !safe {
			return errNoRoom
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
