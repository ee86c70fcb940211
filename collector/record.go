package collector

import (
	"encoding/json"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// event starts an event of session s with everything that does not depend on the
// message. x may be nil for what no exchange caused. The event is valid until the next
// one is started.
func (ss *sessions) event(s *session, x *exchange, kind schema.Kind, at time.Time) *schema.Event {
	e := &ss.scratch
	*e = schema.Event{
		Version: schema.Version, Tenant: ss.config.Tenant, CollectorID: ss.config.CollectorID, Epoch: ss.epoch,
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

const (
	// maxPlainText is the length up to which a name or an id can be no credential.
	maxPlainText = 7
	// maxKnownText and maxKnown bound what is remembered of cleaned texts.
	maxKnownText, maxKnown = 128, 4096
)

// cleanText cleans what a peer wrote outside of a body. Names of methods and tools come
// again and again, so the newest are remembered.
func (ss *sessions) cleanText(s string) string {
	if len(s) <= maxPlainText {
		return s
	}
	clean, known := ss.clear[s]
	if known {
		return clean
	}
	clean = ss.redactor.Text(s)
	if len(s) <= maxKnownText {
		if ss.clear == nil || len(ss.clear) >= maxKnown {
			ss.clear = map[string]string{}
		}
		ss.clear[s] = clean
	}
	return clean
}

// cleanAll cleans a list of them.
func (ss *sessions) cleanAll(all []string) []string {
	var clean []string
	for _, s := range all {
		clean = append(clean, ss.cleanText(s))
	}
	return clean
}

// clean takes out of an event what must not be stored. A body came from the wire if
// it has a size; what the collector itself states is clean.
func (ss *sessions) clean(s *session, e *schema.Event) {
	e.Policy = ss.redactor.Policy()
	for _, text := range []*string{&e.Method, &e.Target, &e.RPCID, &e.ProgressToken, &e.TaskID} {
		*text = ss.cleanText(*text)
	}
	for i := range e.Keys {
		e.Keys[i].Value = ss.cleanText(e.Keys[i].Value)
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
	e.Seq, e.Prev = s.seq, s.prev
	s.prev = ss.number(s, e)
	s.seq++
	return e.Seq
}

// number gives an event the next number of the epoch, encodes it and has it sealed.
func (ss *sessions) number(s *session, e *schema.Event) schema.Hash {
	e.CollectorSeq = ss.seq
	ss.seq++
	value := ss.encode(e)
	leaf := schema.LeafHash(value)
	ss.stats.Recorded.Add(1)
	ss.keep(durable.Record{Session: e.SessionID, Seq: e.Seq, CollectorSeq: e.CollectorSeq, Size: e.Size,
		Control: ss.config.Strict || isControl(e.Kind), Own: s == ss.own, Leaf: leaf, Value: value}, s)
	if ss.sealer != nil && ss.sealer.Add(seal.Head{Session: e.SessionID, Seq: e.Seq, Hash: leaf, Closed: e.Kind == schema.KindClose}, ss.now()) {
		ss.seal(false)
	}
	return leaf
}

// chunkBytes is how much memory values take at once. They live as long as their batch.
const chunkBytes = 32 << 10

// encode returns the bytes of an event.
func (ss *sessions) encode(e *schema.Event) []byte {
	need := 1024 + len(e.Payload)
	if need > chunkBytes {
		return e.Append(make([]byte, 0, need))
	}
	if cap(ss.values) < need {
		ss.values = make([]byte, 0, chunkBytes)
	}
	value := e.Append(ss.values)
	n := len(value)
	if n <= cap(ss.values) { // else it has got an array of its own
		ss.values = ss.values[n:n]
	}
	return value[:n:n]
}

// isControl tells what a timeline cannot do without; a full spool keeps room for it.
func isControl(k schema.Kind) bool {
	return k == schema.KindOpen || k == schema.KindClose || k == schema.KindGap || k == schema.KindCollector
}

// seal makes a seal over all that was recorded since the last one.
func (ss *sessions) seal(final bool) {
	if ss.sealer == nil {
		return
	}
	record, err := ss.sealer.Seal(ss.now(), final)
	if err != nil {
		panic("sealing what we have made ourselves: " + err.Error())
	}
	ss.stats.Sealed.Add(1)
	ss.keep(durable.Record{Session: ss.epoch, CollectorSeq: ss.sealer.End(), Control: true, Own: true, Seal: true, Value: record.Append(nil)}, nil)
}

// keep adds a record to those that wait, with the session that it is of.
func (ss *sessions) keep(r durable.Record, of *session) {
	ss.records, ss.owners = append(ss.records, r), append(ss.owners, of)
}

// takeRecords returns the records made since the last call, and the session of each;
// nil for a seal.
func (ss *sessions) takeRecords() ([]durable.Record, []*session) {
	records, owners := ss.records, ss.owners
	ss.records, ss.owners = make([]durable.Record, 0, len(records)), make([]*session, 0, len(owners))
	return records, owners
}

// owedRecord is a record that the next stage had no room for, without its value unless
// it is a seal, which can come later.
type owedRecord struct {
	durable.Record
	of *session
}

// lost records a gap for messages that found no room in the queue. They take the
// next numbers of their session, so that a reader sees how many are missing. It
// reports that the loss is dealt with.
func (ss *sessions) lost(l *observe.Loss, at time.Time) bool {
	x := exchangeOf(l.Exchange)
	if x.session == nil {
		if x.HTTP == nil {
			return true // a process whose opening was lost too: nothing was recorded of it
		}
		ss.assign(x, false, "", at)
	}
	s := x.session
	gap := schema.Gap{From: s.seq, To: s.seq + l.Count - 1, Count: l.Count, Bytes: l.Bytes, Reason: l.Reason}
	s.seq += l.Count
	ss.gap(s, x, gap, nil, at)
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
	ss.gap(s, nil, gap, nil, at)
}

// opened records the gaps from before the first session.
func (ss *sessions) opened(s *session, at time.Time) {
	for _, bytes := range ss.unread {
		ss.unreadable(s, bytes, at)
	}
	ss.unread = nil
}

// gap records a gap. lost are the numbers of the epoch that its messages had.
func (ss *sessions) gap(s *session, x *exchange, gap schema.Gap, lost []schema.LostRange, at time.Time) {
	e := ss.event(s, x, schema.KindGap, at)
	e.Gap = &gap
	if lost != nil {
		e.Payload = detail(schema.Lost{Events: lost})
	}
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
