// Code generated from openapi.json by generate. DO NOT EDIT.

package api

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"time"
)

// Aggregate is a schema of the document.
type Aggregate struct {
	Dimensions []string `json:"dimensions"`
	Groups     []Group  `json:"groups"`
	IntervalMS int64    `json:"interval_ms"`
	LeftOut    int64    `json:"left_out"`
	Measures   []string `json:"measures"`
}

// Approval is a schema of the document.
type Approval struct {
	Action    string `json:"action"`
	Arguments string `json:"arguments"`
	By        string `json:"by"`
	Mode      string `json:"mode"`
	Operation string `json:"operation"`
	Seq       int64  `json:"seq"`
}

// Credential is a schema of the document.
type Credential struct {
	Fingerprint string `json:"fingerprint"`
	Name        string `json:"name"`
	Where       string `json:"where"`
}

// Cut is a schema of the document.
type Cut struct {
	Count  int64  `json:"count"`
	Length int64  `json:"length"`
	Rule   string `json:"rule"`
}

// DefinitionSummary is a schema of the document.
type DefinitionSummary struct {
	Changed   time.Time `json:"changed"`
	FirstSeen time.Time `json:"first_seen"`
	Hash      string    `json:"hash"`
	Kind      string    `json:"kind"`
	LastSeen  time.Time `json:"last_seen"`
	Name      string    `json:"name"`
	Server    string    `json:"server"`
	Versions  int64     `json:"versions"`
}

// Embedded is a schema of the document.
type Embedded struct {
	AnsweredIn *int64 `json:"answered_in"`
	AskedIn    int64  `json:"asked_in"`
	Key        string `json:"key"`
}

// Event is a schema of the document.
type Event struct {
	BodyKey       string          `json:"body_key"`
	Charset       string          `json:"charset"`
	CollectorID   string          `json:"collector_id"`
	CollectorSeq  int64           `json:"collector_seq"`
	Commitment    string          `json:"commitment"`
	Credentials   []Credential    `json:"credentials"`
	Delegation    []Party         `json:"delegation"`
	Direction     string          `json:"direction"`
	DurationMS    *float64        `json:"duration_ms"`
	ErrorCode     *int64          `json:"error_code"`
	Exchange      int64           `json:"exchange"`
	Flags         []string        `json:"flags"`
	Gap           EventGap        `json:"gap"`
	HTTPStatus    int64           `json:"http_status"`
	Keys          []Key           `json:"keys"`
	Kind          string          `json:"kind"`
	Method        string          `json:"method"`
	MonoMS        float64         `json:"mono_ms"`
	Operation     string          `json:"operation"`
	Outcome       string          `json:"outcome"`
	Payload       json.RawMessage `json:"payload"`
	PayloadBase64 []byte          `json:"payload_base64"`
	Policy        string          `json:"policy"`
	Principal     Principal       `json:"principal"`
	PrincipalName string          `json:"principal_name"`
	ProgressToken string          `json:"progress_token"`
	Redactions    []Redaction     `json:"redactions"`
	Refusal       string          `json:"refusal"`
	RequestSeq    *int64          `json:"request_seq"`
	RPCID         string          `json:"rpc_id"`
	Scopes        []string        `json:"scopes"`
	Seq           int64           `json:"seq"`
	SessionID     string          `json:"session_id"`
	Size          int64           `json:"size"`
	Target        string          `json:"target"`
	TaskID        string          `json:"task_id"`
	Time          time.Time       `json:"time"`
	Token         Token           `json:"token"`
	TraceID       string          `json:"trace_id"`
	WaitedMS      float64         `json:"waited_ms"`
}

// EventGap is a schema of the document.
type EventGap struct {
	AtMost   int64   `json:"at_most"`
	Bytes    int64   `json:"bytes"`
	Count    int64   `json:"count"`
	FromSeq  int64   `json:"from_seq"`
	Reason   string  `json:"reason"`
	ToSeq    int64   `json:"to_seq"`
	WindowMS float64 `json:"window_ms"`
}

// Excluded is a schema of the document.
type Excluded struct {
	Bytes    int64  `json:"bytes"`
	Messages int64  `json:"messages"`
	Policy   string `json:"policy"`
	Rule     string `json:"rule"`
}

// Fact is a schema of the document.
type Fact struct {
	Detail     string    `json:"detail"`
	Direction  string    `json:"direction"`
	Flags      []string  `json:"flags"`
	HTTPStatus int64     `json:"http_status"`
	Kind       string    `json:"kind"`
	Method     string    `json:"method"`
	Outcome    string    `json:"outcome"`
	Redactions []Cut     `json:"redactions"`
	Seq        int64     `json:"seq"`
	Seqs       []int64   `json:"seqs"`
	Target     string    `json:"target"`
	Time       time.Time `json:"time"`
}

// Gap is a schema of the document.
type Gap struct {
	Bytes   int64  `json:"bytes"`
	Count   int64  `json:"count"`
	FromSeq int64  `json:"from_seq"`
	NamedBy *int64 `json:"named_by"`
	Reason  string `json:"reason"`
	ToSeq   int64  `json:"to_seq"`
}

// Group is a schema of the document.
type Group struct {
	Key    []string `json:"key"`
	Points []Point  `json:"points"`
}

// Health is a schema of the document.
type Health struct {
	Engine string     `json:"engine"`
	LagMS  *float64   `json:"lag_ms"`
	Reason string     `json:"reason"`
	Status string     `json:"status"`
	Stored *time.Time `json:"stored"`
}

// Held is a schema of the document.
type Held struct {
	Flags     []string  `json:"flags"`
	Seen      string    `json:"seen"`
	Seq       int64     `json:"seq"`
	SessionID string    `json:"session_id"`
	Time      time.Time `json:"time"`
}

// Integrity is a schema of the document.
type Integrity struct {
	Equivocations []int64  `json:"equivocations"`
	Events        int64    `json:"events"`
	Findings      []string `json:"findings"`
	FirstBadSeq   *int64   `json:"first_bad_seq"`
	Sealed        int64    `json:"sealed"`
	State         string   `json:"state"`
	Verified      int64    `json:"verified"`
}

// Key is a schema of the document.
type Key struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Where string `json:"where"`
}

// ListedEvent is a schema of the document.
type ListedEvent struct {
	BodyKey       string          `json:"body_key"`
	Charset       string          `json:"charset"`
	Client        string          `json:"client"`
	CollectorID   string          `json:"collector_id"`
	CollectorSeq  int64           `json:"collector_seq"`
	Commitment    string          `json:"commitment"`
	Credentials   []Credential    `json:"credentials"`
	Delegation    []Party         `json:"delegation"`
	Direction     string          `json:"direction"`
	DurationMS    *float64        `json:"duration_ms"`
	ErrorCode     *int64          `json:"error_code"`
	Exchange      int64           `json:"exchange"`
	Flags         []string        `json:"flags"`
	Gap           EventGap        `json:"gap"`
	HTTPStatus    int64           `json:"http_status"`
	Keys          []Key           `json:"keys"`
	Kind          string          `json:"kind"`
	Method        string          `json:"method"`
	MonoMS        float64         `json:"mono_ms"`
	Operation     string          `json:"operation"`
	Outcome       string          `json:"outcome"`
	Payload       json.RawMessage `json:"payload"`
	PayloadBase64 []byte          `json:"payload_base64"`
	Policy        string          `json:"policy"`
	Principal     Principal       `json:"principal"`
	PrincipalName string          `json:"principal_name"`
	ProgressToken string          `json:"progress_token"`
	Redactions    []Redaction     `json:"redactions"`
	Refusal       string          `json:"refusal"`
	RequestSeq    *int64          `json:"request_seq"`
	RPCID         string          `json:"rpc_id"`
	Scopes        []string        `json:"scopes"`
	Seq           int64           `json:"seq"`
	Server        string          `json:"server"`
	SessionID     string          `json:"session_id"`
	Size          int64           `json:"size"`
	Target        string          `json:"target"`
	TaskID        string          `json:"task_id"`
	Time          time.Time       `json:"time"`
	Token         Token           `json:"token"`
	TraceID       string          `json:"trace_id"`
	Upstream      string          `json:"upstream"`
	WaitedMS      float64         `json:"waited_ms"`
}

// Operation is a schema of the document.
type Operation struct {
	AnswerSeqs       []int64         `json:"answer_seqs"`
	Approvals        []Approval      `json:"approvals"`
	Arguments        string          `json:"arguments"`
	Definition       *string         `json:"definition"`
	Direction        string          `json:"direction"`
	DurationMS       *float64        `json:"duration_ms"`
	Embedded         json.RawMessage `json:"embedded"`
	ErrorCode        *int64          `json:"error_code"`
	FactSeqs         []int64         `json:"fact_seqs"`
	Flags            []string        `json:"flags"`
	Held             json.RawMessage `json:"held"`
	HTTPStatus       int64           `json:"http_status"`
	ID               string          `json:"id"`
	Keys             []Key           `json:"keys"`
	Kind             string          `json:"kind"`
	Method           string          `json:"method"`
	NotificationSeqs []int64         `json:"notification_seqs"`
	Outcome          string          `json:"outcome"`
	Parent           *string         `json:"parent"`
	Redactions       []Cut           `json:"redactions"`
	ReplaySeqs       []int64         `json:"replay_seqs"`
	RequestSeqs      []int64         `json:"request_seqs"`
	RetryOf          *string         `json:"retry_of"`
	Rounds           int64           `json:"rounds"`
	Scopes           Scopes          `json:"scopes"`
	Seq              int64           `json:"seq"`
	Started          time.Time       `json:"started"`
	Target           string          `json:"target"`
	Task             json.RawMessage `json:"task"`
}

// PageDefinitionSummary is a schema of the document.
type PageDefinitionSummary struct {
	Items []DefinitionSummary `json:"items"`
	Next  string              `json:"next"`
}

// PageListedEvent is a schema of the document.
type PageListedEvent struct {
	Items []ListedEvent `json:"items"`
	Next  string        `json:"next"`
}

// PageSessionSummary is a schema of the document.
type PageSessionSummary struct {
	Items []SessionSummary `json:"items"`
	Next  string           `json:"next"`
}

// Party is a schema of the document.
type Party struct {
	ClientID string `json:"client_id"`
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
}

// Peer is a schema of the document.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Point is a schema of the document.
type Point struct {
	Time   time.Time  `json:"time"`
	Values []*float64 `json:"values"`
}

// Principal is a schema of the document.
type Principal struct {
	ClientID    string `json:"client_id"`
	Fingerprint string `json:"fingerprint"`
	Issuer      string `json:"issuer"`
	Subject     string `json:"subject"`
	Verified    bool   `json:"verified"`
}

// Redaction is a schema of the document.
type Redaction struct {
	Length  int64  `json:"length"`
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	Sealed  []byte `json:"sealed"`
	Token   string `json:"token"`
}

// Scopes is a schema of the document.
type Scopes struct {
	Decision *string  `json:"decision"`
	Granted  []string `json:"granted"`
	Required []string `json:"required"`
}

// Session is a schema of the document.
type Session struct {
	Basis           string    `json:"basis"`
	Client          Peer      `json:"client"`
	Complete        bool      `json:"complete"`
	Ended           time.Time `json:"ended"`
	Errors          int64     `json:"errors"`
	Events          int64     `json:"events"`
	Gaps            int64     `json:"gaps"`
	ID              string    `json:"id"`
	Operations      int64     `json:"operations"`
	Principal       Principal `json:"principal"`
	ProtocolVersion string    `json:"protocol_version"`
	Server          Peer      `json:"server"`
	Started         time.Time `json:"started"`
	Transport       string    `json:"transport"`
	Upstream        string    `json:"upstream"`
}

// SessionSummary is a schema of the document.
type SessionSummary struct {
	Basis           string    `json:"basis"`
	Client          Peer      `json:"client"`
	CollectorID     string    `json:"collector_id"`
	Complete        bool      `json:"complete"`
	Ended           time.Time `json:"ended"`
	Errors          int64     `json:"errors"`
	Events          int64     `json:"events"`
	Gaps            int64     `json:"gaps"`
	ID              string    `json:"id"`
	Lost            int64     `json:"lost"`
	Operations      int64     `json:"operations"`
	Peer            string    `json:"peer"`
	Principal       Principal `json:"principal"`
	ProtocolVersion string    `json:"protocol_version"`
	Server          Peer      `json:"server"`
	Started         time.Time `json:"started"`
	ToolCalls       int64     `json:"tool_calls"`
	Transport       string    `json:"transport"`
	Upstream        string    `json:"upstream"`
}

// Task is a schema of the document.
type Task struct {
	ID     string `json:"id"`
	Polls  int64  `json:"polls"`
	Status string `json:"status"`
}

// Timeline is a schema of the document.
type Timeline struct {
	Facts      []Fact      `json:"facts"`
	Gaps       []Gap       `json:"gaps"`
	Integrity  Integrity   `json:"integrity"`
	LeftOut    []Excluded  `json:"left_out"`
	NextSeq    *int64      `json:"next_seq"`
	Operations []Operation `json:"operations"`
	Session    Session     `json:"session"`
	Unpaired   []Unpaired  `json:"unpaired"`
}

// Token is a schema of the document.
type Token struct {
	Audience  []string  `json:"audience"`
	Binding   string    `json:"binding"`
	ExpiresAt time.Time `json:"expires_at"`
	ID        string    `json:"id"`
	IssuedAt  time.Time `json:"issued_at"`
}

// Unpaired is a schema of the document.
type Unpaired struct {
	Direction  string `json:"direction"`
	HTTPStatus int64  `json:"http_status"`
	Reason     string `json:"reason"`
	RPCID      string `json:"rpc_id"`
	Seq        int64  `json:"seq"`
}

// Values is a schema of the document.
type Values struct {
	Dimension string   `json:"dimension"`
	More      bool     `json:"more"`
	Values    []string `json:"values"`
}

// AggregateParams are what Aggregate takes; zero values are not sent.
type AggregateParams struct {
	// Measure: What to measure. Latencies and lags are in milliseconds, error_rate is from 0 to 1.
	Measure []string
	// By: Dimensions to group by. By tool, only calls of tools count.
	By []string
	// Interval: Seconds per point; 0 is one point for the whole range.
	Interval int64
	// Limit: Groups at most, those with most of the first measure.
	Limit int64
	// Client: Name that the client gave itself.
	Client []string
	// Server: Name that the server gave itself.
	Server []string
	// Tool: Name of the tool that was called.
	Tool []string
	// Method: MCP method.
	Method []string
	// Target: Name of the tool or prompt, or URI of the resource.
	Target []string
	// Principal: Subject, client id or fingerprint of the credential, the first that is known.
	Principal []string
	// Upstream: Configured name of the server.
	Upstream []string
	// Transport: What carried the session.
	Transport []string
	// Outcome: How an exchange ended.
	Outcome []string
	// Kind: Kind of event.
	Kind []string
	// Collector: Id of the collector.
	Collector []string
	// Scope: Scope that the credential granted, or that a challenge asked for.
	Scope []string
	// Not: What must not be, as dimension:value.
	Not []string
	// From: Only what is not before this time.
	From time.Time
	// To: Only what is before this time.
	To time.Time
}

// Aggregate: Count and measure events, by dimension and interval.
func (c *Client) Aggregate(ctx context.Context, p AggregateParams) (Aggregate, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "measure", p.Measure)
	set(v, "by", p.By)
	set(v, "interval", p.Interval)
	set(v, "limit", p.Limit)
	set(v, "client", p.Client)
	set(v, "server", p.Server)
	set(v, "tool", p.Tool)
	set(v, "method", p.Method)
	set(v, "target", p.Target)
	set(v, "principal", p.Principal)
	set(v, "upstream", p.Upstream)
	set(v, "transport", p.Transport)
	set(v, "outcome", p.Outcome)
	set(v, "kind", p.Kind)
	set(v, "collector", p.Collector)
	set(v, "scope", p.Scope)
	set(v, "not", p.Not)
	set(v, "from", p.From)
	set(v, "to", p.To)
	return get[Aggregate](ctx, c, "/api/v1/aggregate", v, header)
}

// DefinitionsParams are what Definitions takes; zero values are not sent.
type DefinitionsParams struct {
	// Server: Configured name of the upstream.
	Server []string
	// Kind: Kind of definition.
	Kind []string
	// Name: Name of the tool or prompt, URI of the resource, or its template.
	Name []string
	// Text: Part of the name, in any ASCII case.
	Text string
	// Changed: Only what has more than one version.
	Changed *bool
	// Cursor: The next of an earlier page.
	Cursor string
	// Limit: Items per page.
	Limit int64
}

// Definitions: List what servers offered, by server, kind and name.
func (c *Client) Definitions(ctx context.Context, p DefinitionsParams) (PageDefinitionSummary, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "server", p.Server)
	set(v, "kind", p.Kind)
	set(v, "name", p.Name)
	set(v, "text", p.Text)
	set(v, "changed", p.Changed)
	set(v, "cursor", p.Cursor)
	set(v, "limit", p.Limit)
	return get[PageDefinitionSummary](ctx, c, "/api/v1/definitions", v, header)
}

// EventListParams are what EventList takes; zero values are not sent.
type EventListParams struct {
	// Session: Events of one session only.
	Session string
	// Failed: Only what ended badly: errors, refusals, broken connections.
	Failed *bool
	// Bodies: Whether payloads are sent.
	Bodies *bool
	// Client: Name that the client gave itself.
	Client []string
	// Server: Name that the server gave itself.
	Server []string
	// Tool: Name of the tool that was called.
	Tool []string
	// Method: MCP method.
	Method []string
	// Target: Name of the tool or prompt, or URI of the resource.
	Target []string
	// Principal: Subject, client id or fingerprint of the credential, the first that is known.
	Principal []string
	// Upstream: Configured name of the server.
	Upstream []string
	// Transport: What carried the session.
	Transport []string
	// Outcome: How an exchange ended.
	Outcome []string
	// Kind: Kind of event.
	Kind []string
	// Collector: Id of the collector.
	Collector []string
	// Scope: Scope that the credential granted, or that a challenge asked for.
	Scope []string
	// Not: What must not be, as dimension:value.
	Not []string
	// From: Only what is not before this time.
	From time.Time
	// To: Only what is before this time.
	To time.Time
	// Cursor: The next of an earlier page.
	Cursor string
	// Limit: Items per page.
	Limit int64
}

// EventList: List events of any session, newest first.
func (c *Client) EventList(ctx context.Context, p EventListParams) (PageListedEvent, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "session", p.Session)
	set(v, "failed", p.Failed)
	set(v, "bodies", p.Bodies)
	set(v, "client", p.Client)
	set(v, "server", p.Server)
	set(v, "tool", p.Tool)
	set(v, "method", p.Method)
	set(v, "target", p.Target)
	set(v, "principal", p.Principal)
	set(v, "upstream", p.Upstream)
	set(v, "transport", p.Transport)
	set(v, "outcome", p.Outcome)
	set(v, "kind", p.Kind)
	set(v, "collector", p.Collector)
	set(v, "scope", p.Scope)
	set(v, "not", p.Not)
	set(v, "from", p.From)
	set(v, "to", p.To)
	set(v, "cursor", p.Cursor)
	set(v, "limit", p.Limit)
	return get[PageListedEvent](ctx, c, "/api/v1/events", v, header)
}

// HealthParams are what Health takes; zero values are not sent.
type HealthParams struct {
}

// Health: Whether the record can be read, and how fresh it is.
func (c *Client) Health(ctx context.Context, p HealthParams) (Health, error) {
	v, header := url.Values{}, map[string][]string{}
	return get[Health](ctx, c, "/api/v1/health", v, header)
}

// SessionsParams are what Sessions takes; zero values are not sent.
type SessionsParams struct {
	// ID: Beginning of an id, or of its last group of digits.
	ID string
	// Client: Name that the client gave itself.
	Client []string
	// Server: Name that the server gave itself.
	Server []string
	// Principal: Issuer, subject, client id or fingerprint of the credential; on stdio host or user.
	Principal []string
	// Upstream: Configured name of the server.
	Upstream []string
	// Transport: What carried the session.
	Transport []string
	// Collector: Id of the collector.
	Collector []string
	// Scope: Scope that the credential granted, or that a challenge asked for.
	Scope []string
	// Not: What must not be, as dimension:value: of the session, or of the event that the other conditions choose.
	Not []string
	// Complete: Whether the session was closed and nothing of it is missing.
	Complete string
	// Collectors: List also the sessions in which collectors state what they did themselves.
	Collectors *bool
	// Text: Words that occur in a payload of the session, as written and whole, in any ASCII case.
	Text string
	// From: Only what is not before this time.
	From time.Time
	// To: Only what is before this time.
	To time.Time
	// Kind: Kind of event.
	Kind []string
	// Method: MCP method, tools/call for example.
	Method []string
	// Target: Name of the tool or prompt, or URI of the resource.
	Target []string
	// Outcome: How an exchange ended.
	Outcome []string
	// Cursor: The next of an earlier page.
	Cursor string
	// Limit: Items per page.
	Limit int64
}

// Sessions: List sessions, newest first.
func (c *Client) Sessions(ctx context.Context, p SessionsParams) (PageSessionSummary, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "id", p.ID)
	set(v, "client", p.Client)
	set(v, "server", p.Server)
	set(v, "principal", p.Principal)
	set(v, "upstream", p.Upstream)
	set(v, "transport", p.Transport)
	set(v, "collector", p.Collector)
	set(v, "scope", p.Scope)
	set(v, "not", p.Not)
	set(v, "complete", p.Complete)
	set(v, "collectors", p.Collectors)
	set(v, "text", p.Text)
	set(v, "from", p.From)
	set(v, "to", p.To)
	set(v, "kind", p.Kind)
	set(v, "method", p.Method)
	set(v, "target", p.Target)
	set(v, "outcome", p.Outcome)
	set(v, "cursor", p.Cursor)
	set(v, "limit", p.Limit)
	return get[PageSessionSummary](ctx, c, "/api/v1/sessions", v, header)
}

// SessionParams are what Session takes; zero values are not sent.
type SessionParams struct {
}

// Session: One session.
func (c *Client) Session(ctx context.Context, id string, p SessionParams) (SessionSummary, error) {
	v, header := url.Values{}, map[string][]string{}
	return get[SessionSummary](ctx, c, "/api/v1/sessions/"+url.PathEscape(id)+"", v, header)
}

// EventsParams are what Events takes; zero values are not sent.
type EventsParams struct {
	// FromSeq: First seq.
	FromSeq int64
	// Limit: Events at most; 0 is all.
	Limit int64
	// Bodies: Whether payloads are sent.
	Bodies *bool
}

// Events: Stream the events of a session in order, one JSON object a line. An answer that breaks off is not whole.
func (c *Client) Events(ctx context.Context, id string, p EventsParams) (io.ReadCloser, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "from_seq", p.FromSeq)
	set(v, "limit", p.Limit)
	set(v, "bodies", p.Bodies)
	return c.open(ctx, "/api/v1/sessions/"+url.PathEscape(id)+"/events", v, header)
}

// TimelineParams are what Timeline takes; zero values are not sent.
type TimelineParams struct {
	// FromSeq: Begin with what began at this seq: the next_seq of an earlier page.
	FromSeq int64
	// Limit: Operations at most; 0 is the whole timeline.
	Limit int64
}

// Timeline: One session, rebuilt.
func (c *Client) Timeline(ctx context.Context, id string, p TimelineParams) (Timeline, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "from_seq", p.FromSeq)
	set(v, "limit", p.Limit)
	return get[Timeline](ctx, c, "/api/v1/sessions/"+url.PathEscape(id)+"/timeline", v, header)
}

// TailParams are what Tail takes; zero values are not sent.
type TailParams struct {
	// Session: Watch one session only.
	Session string
	// Kind: Kind of event.
	Kind []string
	// Method: MCP method, tools/call for example.
	Method []string
	// Target: Name of the tool or prompt, or URI of the resource.
	Target []string
	// Outcome: How an exchange ended.
	Outcome []string
	// LastEventID: Go on after this id of an earlier tail; without it, begin now.
	LastEventID string
}

// Tail: Watch events as they are stored, as server-sent events.
func (c *Client) Tail(ctx context.Context, p TailParams) (io.ReadCloser, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "session", p.Session)
	set(v, "kind", p.Kind)
	set(v, "method", p.Method)
	set(v, "target", p.Target)
	set(v, "outcome", p.Outcome)
	if p.LastEventID != "" {
		header["Last-Event-ID"] = []string{p.LastEventID}
	}
	return c.open(ctx, "/api/v1/tail", v, header)
}

// ValuesParams are what Values takes; zero values are not sent.
type ValuesParams struct {
	// Dimension: Which values to list.
	Dimension string
	// Contains: Only values in which this occurs, in any case.
	Contains string
	// Limit: Values at most.
	Limit int64
	// Client: Name that the client gave itself.
	Client []string
	// Server: Name that the server gave itself.
	Server []string
	// Tool: Name of the tool that was called.
	Tool []string
	// Method: MCP method.
	Method []string
	// Target: Name of the tool or prompt, or URI of the resource.
	Target []string
	// Principal: Subject, client id or fingerprint of the credential, the first that is known.
	Principal []string
	// Upstream: Configured name of the server.
	Upstream []string
	// Transport: What carried the session.
	Transport []string
	// Outcome: How an exchange ended.
	Outcome []string
	// Kind: Kind of event.
	Kind []string
	// Collector: Id of the collector.
	Collector []string
	// Scope: Scope that the credential granted, or that a challenge asked for.
	Scope []string
	// Not: What must not be, as dimension:value.
	Not []string
	// From: Only what is not before this time.
	From time.Time
	// To: Only what is before this time.
	To time.Time
}

// Values: List the values of a dimension.
func (c *Client) Values(ctx context.Context, p ValuesParams) (Values, error) {
	v, header := url.Values{}, map[string][]string{}
	set(v, "dimension", p.Dimension)
	set(v, "contains", p.Contains)
	set(v, "limit", p.Limit)
	set(v, "client", p.Client)
	set(v, "server", p.Server)
	set(v, "tool", p.Tool)
	set(v, "method", p.Method)
	set(v, "target", p.Target)
	set(v, "principal", p.Principal)
	set(v, "upstream", p.Upstream)
	set(v, "transport", p.Transport)
	set(v, "outcome", p.Outcome)
	set(v, "kind", p.Kind)
	set(v, "collector", p.Collector)
	set(v, "scope", p.Scope)
	set(v, "not", p.Not)
	set(v, "from", p.From)
	set(v, "to", p.To)
	return get[Values](ctx, c, "/api/v1/values", v, header)
}
