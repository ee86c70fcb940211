package collector

import (
	"encoding/json"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// event starts an event of session s with everything that does not depend on the
// message. x may be nil for what no exchange caused.
func (ss *sessions) event(s *session, x *Exchange, kind schema.Kind, at time.Time) *schema.Event {
	e := &schema.Event{
		Tenant: ss.config.Tenant, CollectorID: ss.config.CollectorID, Epoch: ss.epoch,
		SessionID: s.id, Basis: s.basis,
		Time: max(0, at.UnixNano()), Mono: int64(at.Sub(s.began)), Clock: ss.clock(at),
		Kind: kind, Transport: s.transport, Upstream: s.upstream,
		ClientName: s.clientName, ClientVersion: s.clientVersion,
		ServerName: s.serverName, ServerVersion: s.serverVersion, ProtocolVersion: s.protocol,
	}
	if x != nil {
		e.Peer, e.Exchange = x.Peer, x.number
		e.Principal, e.Scopes = x.who.Principal, x.who.Scopes
	}
	return e
}

// clock notices when wall and monotonic time part: somebody set the clock.
func (ss *sessions) clock(at time.Time) schema.Clock {
	if ss.config.Clock != schema.ClockHost {
		return ss.config.Clock
	}
	if ss.base.IsZero() {
		ss.base = at
	}
	drift := at.Round(0).Sub(ss.base.Round(0)) - at.Sub(ss.base)
	if drift.Abs() > time.Second {
		ss.base = at
		return schema.ClockStepped
	}
	return schema.ClockHost
}

// maxPlainText is the length up to which a name or an id can be no credential.
const maxPlainText = 7

// clean takes out of an event what must not be stored. A body came from the wire if
// it has a size; what the collector itself states is clean.
func (ss *sessions) clean(s *session, e *schema.Event) {
	e.Policy = ss.redactor.Policy()
	for _, text := range []*string{&e.Target, &e.RPCID, &e.ProgressToken, &e.TaskID} {
		if len(*text) > maxPlainText {
			*text = ss.redactor.Text(*text)
		}
	}
	for i := range e.Keys {
		e.Keys[i].Value = ss.redactor.Text(e.Keys[i].Value)
	}
	if e.Size == 0 {
		return
	}
	out := ss.redactor.Message(ss.input(s, e))
	e.Payload, e.Redactions, e.Commitment = out.Payload, out.Redactions, out.Commitment
	e.Flags |= out.Flags
}

// record cleans an event, numbers it, chains it to the one before and encodes it.
// It returns the event's number in its session, 0 where the policy leaves it out.
func (ss *sessions) record(s *session, e *schema.Event) uint64 {
	if ss.leftOut(s, e) {
		return 0
	}
	ss.clean(s, e)
	e.Trim()
	e.Seq, e.CollectorSeq, e.Prev = s.seq, ss.seq, s.prev
	value := e.Append(make([]byte, 0, 1024+len(e.Payload)))
	s.prev = schema.LeafHash(value)
	s.seq++
	ss.seq++
	ss.stats.Recorded.Add(1)
	ss.records = append(ss.records, Record{Session: s.id, Seq: e.Seq, Size: e.Size, Value: value, of: s})
	return e.Seq
}

// takeRecords returns the records made since the last call.
func (ss *sessions) takeRecords() []Record {
	records := ss.records
	ss.records = nil
	return records
}

// lost records a gap for messages that found no room in the queue. They take the
// next numbers of their session, so that a reader sees how many are missing. It
// reports that the loss is dealt with.
func (ss *sessions) lost(l *loss, at time.Time) bool {
	if l.x.session == nil {
		if l.x.HTTP == nil {
			return true // a process whose opening was lost too: nothing was recorded of it
		}
		ss.assign(l.x, false, "", at)
	}
	s := l.x.session
	gap := schema.Gap{From: s.seq, To: s.seq + l.count - 1, Count: l.count, Bytes: l.bytes, Reason: "queue_full"}
	s.seq += l.count
	ss.gap(s, l.x, gap, at)
	return true
}

// skipped records a gap in every session that what could not be read may belong to.
func (ss *sessions) skipped(bytes uint64, at time.Time) {
	if len(ss.all) == 0 {
		ss.unread = append(ss.unread, bytes)
	}
	for s := range ss.all {
		ss.unreadable(s, bytes, at)
	}
}

func (ss *sessions) unreadable(s *session, bytes uint64, at time.Time) {
	gap := schema.Gap{From: s.seq, To: s.seq, Count: 1, Bytes: bytes, Reason: "unreadable"}
	s.seq++
	ss.gap(s, nil, gap, at)
}

// opened records the gaps from before the first session.
func (ss *sessions) opened(s *session, at time.Time) {
	for _, bytes := range ss.unread {
		ss.unreadable(s, bytes, at)
	}
	ss.unread = nil
}

// refused records a gap in place of a record that the next stage refuses for good.
func (ss *sessions) refused(r *Record, at time.Time) {
	ss.gap(r.of, nil, schema.Gap{From: r.Seq, To: r.Seq, Count: 1, Bytes: r.Size, Reason: "refused"}, at)
}

func (ss *sessions) gap(s *session, x *Exchange, gap schema.Gap, at time.Time) {
	e := ss.event(s, x, schema.KindGap, at)
	e.Gap = &gap
	ss.record(s, e)
	ss.stats.Lost.Add(gap.Count)
	ss.stats.LostBytes.Add(gap.Bytes)
}

// detail is the payload of an event that the collector itself states.
func detail(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("encoding a detail of our own: " + err.Error())
	}
	return b
}
