package journal

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// Session is one run of events with dense numbers and one chain. Make it with
// [Journal.OpenSession].
type Session struct {
	ID uuid.UUID
	// Basis is what made it one session. It may become stronger while the session lives.
	Basis     schema.Basis
	Transport schema.Transport
	// Upstream is the cleaned name of the server.
	Upstream string

	// seq is the number of the next event, prev the leaf of the last.
	seq  uint64
	prev schema.Hash
	// began is the time of the first event. Its monotonic part is the origin of Mono.
	began  time.Time
	closed bool
	// placeholder marks what stands for a session of another run while a loss in it is named.
	placeholder bool

	// What the peers claim about themselves, cleaned.
	clientName, clientVersion string
	serverName, serverVersion string
	protocol                  string

	// stderr and noise are the redactor's state from line to line.
	stderr, noise redact.Lines
	// redaction is the redactor's state from message to message.
	redaction redact.Session
	// excluded counts what the policy excluded.
	excluded []Excluded
}

// OpenSession makes a session that begins at that time. Its first event is the caller's.
func (j *Journal) OpenSession(basis schema.Basis, transport schema.Transport, upstream string, at time.Time) *Session {
	j.stats.Opened.Add(1)
	return &Session{ID: newID(at, j.config.Clock), Basis: basis, Transport: transport, Upstream: j.cleaner.Text(upstream), began: at}
}

// newID makes a UUIDv7. An imported session takes the time of its transcript, so
// that ids sort like the sessions did.
func newID(at time.Time, clock schema.Clock) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	if clock == schema.ClockImported {
		ms := uint64(at.UnixMilli())
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
	}
	return id
}

// Close records the last event of a session, a draft of kind close. Gaps of records
// that the next stage refused may still follow.
func (j *Journal) Close(s *Session, e *schema.Event) {
	j.Record(s, e)
	s.closed = true
	j.stats.Closed.Add(1)
}

// Closed reports whether the session has its last event.
func (s *Session) Closed() bool { return s.closed }

// UpdatePeers keeps what a message says about its sender and the protocol. An
// initialize request proposes a protocol version and its answer decides: a request
// never replaces the version that is in force.
func (s *Session) UpdatePeers(m *jsonrpc.Message, cleaner *Cleaner) {
	update := func(to *string, from string) {
		if from != "" && from != *to {
			text := cleaner.Text(from)
			*to = strings.Clone(text[:min(len(text), schema.MaxName)]) // the message's bytes are not to be held
		}
	}
	update(&s.clientName, m.ClientName)
	update(&s.clientVersion, m.ClientVersion)
	update(&s.serverName, m.ServerName)
	update(&s.serverVersion, m.ServerVersion)
	if m.Method != "initialize" || s.protocol == "" {
		update(&s.protocol, m.ProtocolVersion)
	}
}

// lines is the redactor's state for a stream of free text; nil for what is none.
func (s *Session) lines(kind schema.Kind) *redact.Lines {
	switch kind {
	case schema.KindStderr:
		return &s.stderr
	case schema.KindNoise:
		return &s.noise
	}
	return nil
}
