package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// sessionColumns are those that scanSession reads, of the view sessions. A run of numbers
// that no gap event names counts as one gap more. Complete is a session that was closed
// and of which no number is missing.
const sessionColumns = `session_id, basis, started, last_time, events, requests, errors, tool_calls,
	length(gaps) + (last_seq + 1 > events + lost), closed = 1 AND events = last_seq + 1 AND lost = 0,
	client_name, client_version, server_name, server_version,
	principal_issuer, principal_subject, principal_client_id, principal_fingerprint, principal_verified,
	protocol_version, transport, upstream, toInt64(lost), collector_id, peer`

// Sessions reads what is known of sessions as wholes.
type Sessions struct{ tenant }

// List gives the sessions that the filter chooses, newest first, at most limit. The error
// is [ErrCursor] for a cursor that was not made here. Pages that follow a
// cursor show each session once, however many begin meanwhile.
func (s *Sessions) List(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[wire.SessionSummary], error) {
	page := wire.Page[wire.SessionSummary]{Items: []wire.SessionSummary{}}
	w := s.where()
	if cursor != "" {
		p, err := parseCursor(cursor)
		if err != nil {
			return page, err
		}
		// started of a session can become earlier while events come late; then the session may be
		// missed between two pages, but none is shown twice.
		w.add("(started, session_id) < ("+moment("before")+", {before_id:UUID})", "before", p.time)
		w.set("before_id", p.session)
	}
	w.sessionFilter(f)
	w.set("limit", uint32(limit+1))
	// The inner query sorts by the few columns that choose, the outer one reads
	// the page.
	err := s.each(ctx, "listing sessions", `SELECT `+sessionColumns+` FROM sessions
		WHERE tenant = {tenant:String} AND session_id GLOBAL IN (
			SELECT session_id FROM sessions WHERE `+w.String()+`
			ORDER BY started DESC, session_id DESC LIMIT {limit:UInt32})
		ORDER BY started DESC, session_id DESC`, w.parameters, func(row driver.Rows) error {
		session, err := scanSession(row)
		page.Items = append(page.Items, session)
		return err
	})
	if err == nil && len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = afterSession(page.Items[limit-1])
	}
	return page, err
}

// afterSession is the cursor of the page behind a session.
func afterSession(s wire.SessionSummary) string {
	return pageKey{time: s.Started.UnixNano(), session: uuid.MustParse(s.ID)}.cursor()
}

// Get reads one session; the error is [ErrNoSession] where there is none, or where another
// tenant has it.
func (s *Sessions) Get(ctx context.Context, id uuid.UUID) (wire.SessionSummary, error) {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	found, err := s.read(ctx, fmt.Sprintf("reading session %s", id), w)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %s", ErrNoSession, id)
	}
	if err != nil {
		return wire.SessionSummary{}, err
	}
	return found[0], nil
}

// read gives the sessions that the conditions choose, in no order.
func (s *Sessions) read(ctx context.Context, doing string, w *where) (found []wire.SessionSummary, err error) {
	err = s.each(ctx, doing, "SELECT "+sessionColumns+" FROM sessions WHERE "+w.String(), w.parameters, func(row driver.Rows) error {
		session, err := scanSession(row)
		found = append(found, session)
		return err
	})
	return found, err
}

// scanSession reads a row of [sessionColumns], in their order.
func scanSession(found driver.Rows) (wire.SessionSummary, error) {
	var id uuid.UUID
	var started, ended time.Time
	var basis, transport string
	var complete bool
	var lost int64
	w := wire.SessionSummary{}
	s := &w.Session
	err := found.Scan(&id, &basis, &started, &ended, &s.Events, &s.Operations, &s.Errors, &w.ToolCalls,
		&s.Gaps, &complete,
		&s.Client.Name, &s.Client.Version, &s.Server.Name, &s.Server.Version,
		&s.Principal.Issuer, &s.Principal.Subject, &s.Principal.ClientID, &s.Principal.Fingerprint, &s.Principal.Verified,
		&s.ProtocolVersion, &transport, &s.Upstream, &lost, &w.CollectorID, &w.Peer)
	if err != nil {
		return w, err
	}
	s.ID, s.Basis, s.Transport = id.String(), schema.Basis(basis), schema.Transport(transport)
	// The driver gives times in the server's zone; the API speaks UTC.
	s.Started, s.Ended, s.Complete = started.UTC(), ended.UTC(), complete
	// The sum is of bounds that gap events state; malformed ones can make it negative.
	w.Lost = uint64(max(lost, 0))
	return w, nil
}
