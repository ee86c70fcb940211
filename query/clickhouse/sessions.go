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

// sessionColumns are those that scanSession reads. A run of numbers that no gap
// event names counts as one gap more.
const sessionColumns = `session_id, basis, started, last_time, events, requests, errors, tool_calls,
	length(gaps) + (last_seq + 1 > events + lost), closed = 1 AND events = last_seq + 1 AND lost = 0,
	client_name, client_version, server_name, server_version,
	principal_issuer, principal_subject, principal_client_id, principal_fingerprint, principal_verified,
	protocol_version, transport, upstream, toInt64(lost), collector_id, peer`

// Sessions lists the sessions that the filter chooses, newest first. Pages that
// follow a cursor show each session once, however many begin meanwhile.
func (s *Store) Sessions(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[wire.SessionSummary], error) {
	page := wire.Page[wire.SessionSummary]{Items: []wire.SessionSummary{}}
	w := s.where()
	if cursor != "" {
		p, err := parseCursor(cursor)
		if err != nil {
			return page, err
		}
		w.add("(started, session_id) < ("+moment("before")+", {before_id:UUID})", "before", p.time)
		w.set("before_id", p.session)
	}
	s.choose(w, f)
	w.set("limit", uint32(limit+1))
	// The inner query sorts by the few columns that choose, the outer one reads
	// the page.
	found, err := s.query(ctx, `SELECT `+sessionColumns+` FROM sessions
		WHERE tenant = {tenant:String} AND session_id GLOBAL IN (
			SELECT session_id FROM sessions WHERE `+w.String()+`
			ORDER BY started DESC, session_id DESC LIMIT {limit:UInt32})
		ORDER BY started DESC, session_id DESC`, w.parameters)
	if err != nil {
		return page, fmt.Errorf("listing sessions: %w", err)
	}
	defer found.Close()
	for found.Next() {
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = place{time: last.Started.UnixNano(), session: uuid.MustParse(last.ID)}.cursor()
			break
		}
		session, err := scanSession(found)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, session)
	}
	if err := found.Err(); err != nil {
		return page, fmt.Errorf("listing sessions: %w", err)
	}
	return page, nil
}

// principals are what a session's principal can be named by.
const principals = "[principal_issuer, principal_subject, principal_client_id, principal_fingerprint]"

// excluding are the conditions on a session's own columns that leave out values. Those
// of other dimensions are on its events.
var excluding = map[string]string{
	"client":    "client_name NOT IN {not_client:Array(String)}",
	"server":    "server_name NOT IN {not_server:Array(String)}",
	"principal": "NOT hasAny(" + principals + ", {not_principal:Array(String)})",
	"upstream":  "upstream NOT IN {not_upstream:Array(String)}",
	"transport": "transport NOT IN {not_transport:Array(String)}",
	"collector": "collector_id NOT IN {not_collector:Array(String)}",
}

// choose adds the filter's conditions on the columns of sessions.
func (s *Store) choose(w *where, f wire.Filter) {
	if f.ID != "" {
		// An id's last group is its short form.
		w.add("(startsWith(toString(session_id), {id:String}) OR startsWith(substring(toString(session_id), 25), {id:String}))", "id", f.ID)
	}
	w.between("started", "last_time", f.From, f.To)
	w.any("client_name IN {client:Array(String)}", "client", f.Client)
	w.any("server_name IN {server:Array(String)}", "server", f.Server)
	w.any("hasAny("+principals+", {principal:Array(String)})", "principal", f.Principal)
	w.any("upstream IN {upstream:Array(String)}", "upstream", f.Upstream)
	w.any("transport IN {transport:Array(String)}", "transport", f.Transport)
	w.any("collector_id IN {collector_id:Array(String)}", "collector_id", f.Collector)
	if f.Complete != nil {
		w.add("(closed = 1 AND events = last_seq + 1 AND lost = 0) = {complete:Bool}", "complete", *f.Complete)
	}
	if !f.Collectors {
		w.add("basis != {collector:String}", "collector", string(schema.BasisCollector))
	}
	in := new(where)
	in.choose(f.Event)
	in.any("hasAny(scopes, {scope:Array(String)})", "scope", f.Scope)
	for name, values := range f.Not {
		if condition, ok := excluding[name]; ok {
			w.any(condition, "not_"+name, values)
			continue
		}
		d, _ := dimensionOf(name) // the API refuses others
		in.any("NOT "+d.among(d.expression, "not_"+name), "not_"+name, values)
	}
	w.among(in)
	if f.Text != "" {
		in = new(where)
		in.contains(f.Text)
		w.among(in)
	}
}

// among adds the condition that one event of the session meets all of in.
func (w *where) among(in *where) {
	if len(in.conditions) == 0 {
		return
	}
	w.conditions = append(w.conditions,
		"session_id GLOBAL IN (SELECT session_id FROM events WHERE tenant = {tenant:String} AND "+in.String()+")")
	w.parameters = append(w.parameters, in.parameters...)
}

// choose adds the filter's conditions on the columns of events.
func (w *where) choose(f wire.EventFilter) {
	w.any("kind IN {kind:Array(String)}", "kind", f.Kind)
	w.any("method IN {method:Array(String)}", "method", f.Method)
	w.any("target IN {target:Array(String)}", "target", f.Target)
	w.any("outcome IN {outcome:Array(String)}", "outcome", f.Outcome)
}

// Session reads one session; the error is [ErrNoSession] where there is none.
func (s *Store) Session(ctx context.Context, id uuid.UUID) (wire.SessionSummary, error) {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	found, err := s.query(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE "+w.String(), w.parameters)
	if err != nil {
		return wire.SessionSummary{}, fmt.Errorf("reading session %s: %w", id, err)
	}
	defer found.Close()
	if !found.Next() {
		if err := found.Err(); err != nil {
			return wire.SessionSummary{}, fmt.Errorf("reading session %s: %w", id, err)
		}
		return wire.SessionSummary{}, fmt.Errorf("%w: %s", ErrNoSession, id)
	}
	return scanSession(found)
}

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
		return w, fmt.Errorf("reading a session's row: %w", err)
	}
	s.ID, s.Basis, s.Transport = id.String(), schema.Basis(basis), schema.Transport(transport)
	s.Started, s.Ended, s.Complete = started.UTC(), ended.UTC(), complete
	w.Lost = uint64(max(lost, 0))
	return w, nil
}
