// Package workflows makes traffic of which it is known what belongs together, and
// measures how well trails find that out.
//
// The one rule: what a trail is made from is in the events, and the truth is not; it
// is kept beside them and nothing that joins can see it.
package workflows

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// Tenant of all events made here.
const Tenant = "acme"

// Unit is what is joined: a session, or the part of one that serves one chat.
type Unit struct {
	Session string
	// Chat is the value of the key that tells the parts of a pooled session apart,
	// empty for a whole session.
	Chat string
}

// Traffic is what was recorded of some agents, and the truth about it.
type Traffic struct {
	Events []*schema.Event
	// Workflow of each unit, and the behaviour of each workflow.
	Workflow  map[Unit]string
	Behaviour map[string]string
	// ProtocolID is the Mcp-Session-Id of a session, for those that have one.
	ProtocolID map[string]string

	rand *rand.Rand
	next uint32
	seed uint64
}

// Generate makes the traffic of one seed: some workflows of each behaviour.
func Generate(seed uint64, each int) *Traffic {
	t := &Traffic{Workflow: map[Unit]string{}, Behaviour: map[string]string{}, ProtocolID: map[string]string{},
		rand: rand.New(rand.NewPCG(seed, 7)), seed: seed}
	for _, b := range behaviours {
		for n := range each {
			b.make(&agent{traffic: t, behaviour: b.name, n: n, at: start.Add(time.Duration(t.rand.IntN(3600)) * time.Second)})
		}
	}
	return t
}

var start = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// agent is who acts in one behaviour, with a credential of its own unless the
// behaviour says otherwise.
type agent struct {
	traffic   *Traffic
	behaviour string
	n         int
	at        time.Time
}

func (a *agent) principal(name string) schema.Principal {
	return schema.Principal{Issuer: "https://id.example", Subject: fmt.Sprintf("%s-%s-%d", a.behaviour, name, a.n), ClientID: "agents"}
}

// pause lets time pass between two bounds.
func (a *agent) pause(from, to time.Duration) {
	a.at = a.at.Add(from + time.Duration(a.traffic.rand.Int64N(int64(to-from))))
}

// id is a value that nobody else draws.
func (a *agent) id(what string) string { return fmt.Sprintf("%s-%016x", what, a.traffic.rand.Uint64()) }

// workflow begins one and names it.
func (a *agent) workflow(what string) string {
	name := fmt.Sprintf("%s/%d/%s", a.behaviour, a.n, what)
	a.traffic.Behaviour[name] = a.behaviour
	return name
}

// session is one run of events while it is made.
type session struct {
	traffic *Traffic
	base    schema.Event
	events  []*schema.Event
	prev    schema.Hash
	began   time.Time
}

// begin opens a session whose events share what change sets.
func (a *agent) begin(workflow string, change func(*schema.Event)) *session {
	t := a.traffic
	t.next++
	id := uuid.MustParse("0193a000-0000-7000-8000-000000000000")
	binary.BigEndian.PutUint32(id[8:], uint32(t.seed)|0x80000000)
	binary.BigEndian.PutUint32(id[12:], t.next)
	s := &session{traffic: t, began: a.at, base: schema.Event{Version: schema.Version, Tenant: Tenant, CollectorID: "edge", SessionID: id, Basis: schema.BasisPrincipal,
		Clock: schema.ClockHost, Transport: schema.TransportHTTP, Upstream: "files", ClientName: "agent", ClientVersion: "1", ServerName: "files",
		ProtocolVersion: "2025-11-25", Peer: "10.0.0.1"}}
	change(&s.base)
	if workflow != "" {
		t.Workflow[Unit{Session: id.String()}] = workflow
	}
	s.add(a.at, schema.Event{Kind: schema.KindOpen})
	return s
}

func (s *session) add(at time.Time, e schema.Event) *schema.Event {
	made := s.base
	made.Seq, made.Prev, made.Time, made.Mono = uint64(len(s.events)), s.prev, at.UnixNano(), int64(at.Sub(s.began))
	made.Kind, made.Direction, made.Method, made.RPCID, made.Target, made.Outcome, made.RequestSeq = e.Kind, e.Direction, e.Method, e.RPCID, e.Target, e.Outcome, e.RequestSeq
	if e.Keys != nil {
		made.Keys = append(append([]schema.Key{}, made.Keys...), e.Keys...)
	}
	s.prev = schema.LeafHash(made.Append(nil))
	s.events = append(s.events, &made)
	s.traffic.Events = append(s.traffic.Events, &made)
	return &made
}

// call makes a tool call with its answer. Every id is 1, as some hosts have it.
func (a *agent) call(s *session, keys ...schema.Key) {
	request := s.add(a.at, schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: "tools/call", Target: "read_file", RPCID: "n:1", Keys: keys})
	a.pause(20*time.Millisecond, 2*time.Second)
	s.add(a.at, schema.Event{Kind: schema.KindAnswer, Direction: schema.ServerToClient, Method: "tools/call", Target: "read_file", RPCID: "n:1",
		Outcome: schema.OutcomeOK, RequestSeq: request.Seq})
}

func (a *agent) close(s *session) {
	s.add(a.at, schema.Event{Kind: schema.KindClose, Direction: ""})
}

func meta(name, value string) schema.Key { return schema.Key{Name: name, Value: value, Where: "meta"} }

// carries makes all events of a session carry a key.
func carries(keys ...schema.Key) func(*schema.Event) {
	return func(e *schema.Event) { e.Keys = append(e.Keys, keys...) }
}
