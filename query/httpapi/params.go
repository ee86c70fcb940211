package httpapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/wire"
)

// EventQuery chooses events. It and the others that are embedded are exported for
// huma alone, which reads no others.
type EventQuery struct {
	Kind    []eventKind `query:"kind,explode" maxItems:"100" doc:"Kind of event."`
	Method  []string    `query:"method,explode" maxItems:"100" doc:"MCP method, tools/call for example."`
	Target  []string    `query:"target,explode" maxItems:"100" doc:"Name of the tool or prompt, or URI of the resource."`
	Outcome []outcome   `query:"outcome,explode" maxItems:"100" doc:"How an exchange ended."`
}

func (q EventQuery) filter() wire.EventFilter {
	return wire.EventFilter{Kind: texts(q.Kind), Method: q.Method, Target: q.Target, Outcome: texts(q.Outcome)}
}

// PageQuery chooses a page of a list.
type PageQuery struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of an earlier page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items per page."`
}

// TimeQuery bounds a list in time.
type TimeQuery struct {
	From time.Time `query:"from" doc:"Only what is not before this time."`
	To   time.Time `query:"to" doc:"Only what is before this time."`
}

// Times that the record can hold, in nanoseconds since 1970.
var (
	firstTime = time.Unix(0, 0)
	lastTime  = time.Unix(0, math.MaxInt64)
)

// Resolve refuses times that no event can have.
func (q *TimeQuery) Resolve(ctx huma.Context) []error {
	var wrong []error
	refuse := func(name, message string) {
		wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: message, Value: ctx.Query(name)})
	}
	within := func(name string, t time.Time) {
		if ctx.Query(name) != "" && (t.Before(firstTime) || t.After(lastTime)) {
			refuse(name, "expected a time from 1970 to 2262")
		}
	}
	within("from", q.From)
	within("to", q.To)
	if wrong == nil && !q.To.IsZero() && q.From.After(q.To) {
		refuse("from", "expected a time that is not after `to`")
	}
	return wrong
}

// SessionQuery chooses sessions.
type SessionQuery struct {
	ID         string      `query:"id" maxLength:"36" pattern:"^[0-9a-f-]*$" patternDescription:"hexadecimal digits and dashes" doc:"Beginning of an id, or of its last group of digits."`
	Client     []string    `query:"client,explode" maxItems:"100" doc:"Name that the client gave itself."`
	Server     []string    `query:"server,explode" maxItems:"100" doc:"Name that the server gave itself."`
	Principal  []string    `query:"principal,explode" maxItems:"100" doc:"Issuer, subject, client id or fingerprint of the credential; on stdio host or user."`
	Upstream   []string    `query:"upstream,explode" maxItems:"100" doc:"Configured name of the server."`
	Transport  []transport `query:"transport,explode" maxItems:"100" doc:"What carried the session."`
	Collector  []string    `query:"collector,explode" maxItems:"100" doc:"Id of the collector."`
	Scope      []string    `query:"scope,explode" maxItems:"100" doc:"Scope that the credential granted, or that a challenge asked for."`
	Not        []exclusion `query:"not,explode" maxItems:"100" doc:"What must not be, as dimension:value: of the session, or of the event that the other conditions choose."`
	Complete   string      `query:"complete" enum:"true,false" doc:"Whether the session was closed and nothing of it is missing."`
	Collectors bool        `query:"collectors" doc:"List also the sessions in which collectors state what they did themselves."`
	Text       string      `query:"text" maxLength:"256" doc:"Words that occur in a payload of the session, as written and whole, in any ASCII case."`
	TimeQuery
	EventQuery
}

type sessionsInput struct {
	SessionQuery
	PageQuery
}

func (q SessionQuery) sessionFilter() wire.Filter {
	f := wire.Filter{ID: q.ID, From: q.From, To: q.To, Client: q.Client, Server: q.Server, Principal: q.Principal,
		Upstream: q.Upstream, Transport: texts(q.Transport), Collector: q.Collector, Scope: q.Scope, Not: excluded(texts(q.Not)), Event: q.filter(), Collectors: q.Collectors, Text: q.Text}
	if q.Complete != "" {
		complete := q.Complete == "true"
		f.Complete = &complete
	}
	return f
}

type searchInput struct {
	Text    string `query:"text" required:"true" minLength:"1" maxLength:"256" doc:"Words that occur in the payload, as written and whole, in any ASCII case."`
	Session string `query:"session" format:"uuid" doc:"Search one session only."`
	TimeQuery
	EventQuery
	PageQuery
}

// SessionPath names a session.
type SessionPath struct {
	ID string `path:"id" format:"uuid" doc:"Id of the session."`
}

func (in SessionPath) uuid() uuid.UUID { return uuid.MustParse(in.ID) } // format: uuid was checked

type eventsInput struct {
	SessionPath
	FromSeq uint64 `query:"from_seq" doc:"First seq."`
	Limit   uint64 `query:"limit" doc:"Events at most; 0 is all."`
	Bodies  bool   `query:"bodies" default:"true" doc:"Whether payloads are sent."`
}

type timelineInput struct {
	SessionPath
	FromSeq uint64 `query:"from_seq" doc:"Begin with what began at this seq: the next_seq of an earlier page."`
	Limit   int    `query:"limit" minimum:"0" maximum:"5000" doc:"Operations at most; 0 is the whole timeline."`
}

type tailInput struct {
	Session string `query:"session" format:"uuid" doc:"Watch one session only."`
	EventQuery
	After string `header:"Last-Event-ID" maxLength:"8000" doc:"Go on after this id of an earlier tail; without it, begin now."`
}

type output[T any] struct{ Body T }

func (s *server) routes(api huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}
	}
	huma.Register(api, get("sessions", "/api/v1/sessions", "List sessions, newest first"), s.sessions)
	huma.Register(api, get("session", "/api/v1/sessions/{id}", "One session"), s.session)
	huma.Register(api, get("timeline", "/api/v1/sessions/{id}/timeline", "One session, rebuilt"), s.timeline)
	huma.Register(api, get("search", "/api/v1/search", "Search in payloads, newest first"), s.search)
	huma.Register(api, get("health", "/api/v1/health", "Whether the record can be read, and how fresh it is"), s.health)
	huma.Register(api, streams[wire.Event](api, get("events", "/api/v1/sessions/{id}/events",
		"Stream the events of a session in order, one JSON object a line. An answer that breaks off is not whole."), ndjson), s.events)
	huma.Register(api, streams[wire.Event](api, get("tail", "/api/v1/tail",
		"Watch events as they are stored, as server-sent events"), eventStream), s.tail)
	s.partRoutes(api)
	s.facetRoutes(api)
	s.caseRoutes(api)
	s.trailRoutes(api)
	s.definitionRoutes(api)
	s.compareRoutes(api)
	s.flowRoutes(api)
	s.proofRoutes(api)
	s.aggregateRoutes(api)
}

func (s *server) sessions(ctx context.Context, in *sessionsInput) (*output[wire.Page[wire.SessionSummary]], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := s.store.Sessions(ctx, in.sessionFilter(), in.Cursor, in.Limit)
	if err == nil {
		err = s.access.record(ctx, "sessions", uint64(len(page.Items)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Page[wire.SessionSummary]]{page}, nil
}

func (s *server) session(ctx context.Context, in *SessionPath) (*output[wire.SessionSummary], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	session, err := s.store.Session(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, "session", 1)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.SessionSummary]{session}, nil
}

func (s *server) timeline(ctx context.Context, in *timelineInput) (*output[*query.Timeline], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	session, err := s.store.Session(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, "timeline", session.Events)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	var timeline *query.Timeline
	if in.FromSeq > 0 || in.Limit > 0 {
		timeline, err = s.store.Timeline(ctx, session, in.FromSeq, in.Limit)
	} else if timeline, err = s.rebuild(ctx, in.uuid()); err == nil {
		err = s.store.Inherit(ctx, session, timeline)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[*query.Timeline]{timeline}, nil
}

func (s *server) search(ctx context.Context, in *searchInput) (*output[wire.Page[wire.Hit]], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := s.store.Search(ctx, wire.Search{Text: in.Text, Session: in.Session, From: in.From, To: in.To, Event: in.filter()}, in.Cursor, in.Limit)
	if err == nil {
		err = s.access.record(ctx, "search", uint64(len(page.Items)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Page[wire.Hit]]{page}, nil
}

// healthOutput is the one answer that has its body with an error status too.
type healthOutput struct {
	Status int
	Body   wire.Health
}

func (s *server) health(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	h, err := s.store.Health(ctx)
	if err != nil {
		_, reason := explain(err)
		return &healthOutput{http.StatusServiceUnavailable, wire.Health{Status: "down", Reason: reason, Engine: h.Engine}}, nil
	}
	if h.Status == "ok" && s.stalled != nil && s.stalled() > 0 {
		h.Status = "stalled"
		h.Reason = fmt.Sprintf("Nothing new is stored: ingest waits with %d partitions for ClickHouse or the broker, its log says why. mcptrail doctor looks for the cause.", s.stalled())
	}
	return &healthOutput{http.StatusOK, h}, nil
}
