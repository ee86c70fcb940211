package journal

import (
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/schema"
)

// RecordLoss records a gap, from a draft of that kind, for messages that never became
// events. They take the next numbers of their session, so that a reader sees how many
// are missing.
func (j *Journal) RecordLoss(s *Session, e *schema.Event, count, bytes uint64, reason string) {
	gap := schema.Gap{From: s.seq, To: s.seq + count - 1, Count: count, Bytes: bytes, Reason: reason}
	s.seq += count
	j.recordGap(s, e, gap, nil)
}

// recordGap completes and records a draft of a gap. lost are the numbers of the epoch
// that its messages had.
func (j *Journal) recordGap(s *Session, e *schema.Event, gap schema.Gap, lost []schema.LostRange) {
	e.Gap = &gap
	if lost != nil {
		e.Payload = Detail(schema.Lost{Events: lost})
	}
	j.Record(s, e)
}

// SpoolFull is the reason of gaps and pauses where the next stage has no capacity.
const SpoolFull = "spool_full"

// FlushDeferred records a gap for each run of a session's events that were refused, and
// hands on the seals and gaps among them.
func (j *Journal) FlushDeferred(deferred []Deferred, now time.Time) {
	var runs []*refusedRun
	open := map[*Session]*refusedRun{}
	var placeholders refusedRun
	for i := range deferred {
		d := &deferred[i]
		switch {
		case d.Kept():
			j.made.add(d.record, d.origin)
			continue
		case d.placeholder:
			placeholders.add(&d.record, j)
			continue
		}
		run := open[d.session]
		if run == nil || run.gap.To+1 != d.record.Seq {
			run = &refusedRun{session: d.session, gap: schema.Gap{From: d.record.Seq, Reason: SpoolFull}}
			runs, open[d.session] = append(runs, run), run
		}
		run.add(&d.record, j)
	}
	for _, run := range runs {
		j.recordGap(run.session, j.Draft(run.session, schema.KindGap, now), run.gap, run.lost)
	}
	if placeholders.lost != nil {
		j.State(Statement{What: "lost", Reason: SpoolFull, Records: placeholders.gap.Count, Epoch: j.config.Epoch.String(),
			Lost: &schema.Lost{Events: placeholders.lost}}, now)
	}
}

// refusedRun are consecutive events of a session that were refused.
type refusedRun struct {
	session *Session
	gap     schema.Gap
	// lost are their numbers of the epoch.
	lost []schema.LostRange
}

func (r *refusedRun) add(refused *durable.Record, j *Journal) {
	r.gap.To = refused.Seq
	r.gap.Count++
	r.gap.Bytes += refused.Size
	if n := len(r.lost); n > 0 && r.lost[n-1].To+1 == refused.CollectorSeq {
		r.lost[n-1].To++
	} else {
		r.lost = append(r.lost, schema.LostRange{Epoch: j.config.Epoch, From: refused.CollectorSeq, To: refused.CollectorSeq})
	}
}

// RecordKilled records, in the collector's own session, that another run was killed with
// messages in memory only: a gap without a count, at most so many of them, that passed
// within the window before at; atMost 0 is no bound. Their sessions are not known.
func (j *Journal) RecordKilled(epoch uuid.UUID, atMost uint64, window time.Duration, at time.Time) {
	if j.own == nil {
		return
	}
	e := j.Draft(j.own, schema.KindGap, at)
	e.Mono = max(0, e.Mono)
	e.Payload = Detail(Statement{What: "killed", Epoch: epoch.String()})
	e.Gap = &schema.Gap{From: j.own.seq, To: j.own.seq - 1, Reason: "killed", AtMost: atMost, Window: max(1, int64(window))}
	j.Record(j.own, e)
}

// RecordDamage records what was accepted, by this process or a dead one, and cannot be
// delivered: a statement in the collector's own session, and a placeholder for each
// event that is known.
func (j *Journal) RecordDamage(d durable.Loss, now time.Time) {
	j.State(Statement{What: "lost", Reason: d.Reason, Records: d.Records, Unknown: d.Unknown, Bytes: d.Bytes, Epoch: d.Epoch.String(), Lost: &d.Lost}, now)
	for _, lost := range d.Events {
		j.recordPlaceholder(lost, d.Reason, now)
	}
}

// recordPlaceholder records a gap under the number of the event that is lost. It stands
// outside the session's chain, whose later events may be delivered already.
func (j *Journal) recordPlaceholder(lost durable.LostEvent, reason string, now time.Time) {
	s := &Session{ID: lost.Session, began: now, placeholder: true}
	e := j.Draft(s, schema.KindGap, now)
	e.Seq, e.Gap = lost.Seq, &schema.Gap{From: lost.Seq, To: lost.Seq, Count: 1, Bytes: lost.Size, Reason: reason}
	j.cleaner.event(s, e, Subject{})
	j.number(s, e)
}
