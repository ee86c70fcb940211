package workflows

import (
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// behaviours of clients, as they were seen in the wild.
var behaviours = []struct {
	name string
	make func(*agent)
}{
	{"one session per call, named", perCallNamed},
	{"one session per call, nameless", perCallNameless},
	{"pooled session over chats", pooled},
	{"ids always 1, two servers", idsAlwaysOne},
	{"no session id, traced", traced},
	{"two agents on one credential", oneCredential},
	{"parallel sub-agents", subAgents},
	{"restarts", restarts},
	{"stranger with a stolen key", stranger},
	{undecidable + "two nameless agents, one address", indistinct},
	{undecidable + "one nameless agent, parallel calls", inParallel},
}

// undecidable begins the name of a behaviour whose record does not hold the truth:
// it is measured and has no target.
const undecidable = "(no target) "

// together sets several things on the events of a session.
func together(changes ...func(*schema.Event)) func(*schema.Event) {
	return func(e *schema.Event) {
		for _, change := range changes {
			change(e)
		}
	}
}

func by(p schema.Principal) func(*schema.Event) { return func(e *schema.Event) { e.Principal = p } }
func at(upstream string) func(*schema.Event) {
	return func(e *schema.Event) { e.Upstream, e.ServerName = upstream, upstream }
}

// protocolID gives a session an Mcp-Session-Id.
func (a *agent) protocolID(id string) func(*schema.Event) {
	return func(e *schema.Event) {
		e.Basis = schema.BasisMCPSessionID
		e.Keys = append(e.Keys, schema.Key{Name: "Mcp-Session-Id", Value: id, Where: "header"})
		a.traffic.ProtocolID[e.SessionID.String()] = id
	}
}

// perCallNamed: a host opens a session for each call and names the chat in _meta. Two
// chats of one person go on at once.
func perCallNamed(a *agent) {
	who := a.principal("user")
	chats := []string{a.id("chat"), a.id("chat")}
	for range 6 + a.traffic.rand.IntN(6) {
		c := a.traffic.rand.IntN(len(chats))
		s := a.begin(a.workflow(fmt.Sprint(c)), together(by(who), at([]string{"files", "mail", "web"}[a.traffic.rand.IntN(3)]),
			carries(meta("openai/session", chats[c])), a.protocolID(a.id("mcp"))))
		a.call(s)
		a.close(s)
		a.pause(time.Second, 20*time.Minute)
	}
}

// perCallNameless: the same without any name. Only who and when are left.
func perCallNameless(a *agent) {
	who := a.principal("user")
	for task := range 2 {
		for range 3 + a.traffic.rand.IntN(5) {
			s := a.begin(a.workflow(fmt.Sprint(task)), together(by(who), a.protocolID(a.id("mcp"))))
			a.call(s)
			a.close(s)
			a.pause(2*time.Second, 8*time.Minute)
		}
		a.pause(time.Hour, 5*time.Hour)
	}
}

// pooled: an editor keeps one session with each of two servers for all its chats.
func pooled(a *agent) {
	who := a.principal("user")
	chats := []string{a.id("chat"), a.id("chat"), a.id("chat")}
	pool := []*session{a.begin("", together(by(who), a.protocolID(a.id("mcp")))), a.begin("", together(by(who), at("mail"), a.protocolID(a.id("mcp"))))}
	for c, chat := range chats {
		for _, s := range pool {
			a.traffic.Workflow[Unit{s.base.SessionID.String(), chat}] = a.workflow(fmt.Sprint(c))
			a.call(s, meta("vscode.conversationId", chat))
		}
	}
	for range 10 {
		a.call(pool[a.traffic.rand.IntN(2)], meta("vscode.conversationId", chats[a.traffic.rand.IntN(3)]))
		a.pause(time.Second, 10*time.Minute)
	}
}

// idsAlwaysOne: no session id at all; an idle gap makes a new session of the same chat.
func idsAlwaysOne(a *agent) {
	who := a.principal("user")
	for c := range 2 {
		chat := a.id("thread")
		for range 2 + a.traffic.rand.IntN(2) {
			for _, upstream := range []string{"files", "mail"} {
				s := a.begin(a.workflow(fmt.Sprint(c)), together(by(who), at(upstream), carries(meta("threadId", chat))))
				a.call(s)
				a.call(s)
			}
			a.pause(31*time.Minute, 2*time.Hour)
		}
	}
}

// traced: nothing but a trace id, of a client with a modern tracer.
func traced(a *agent) {
	who := a.principal("service")
	for task := range 3 {
		trace := fmt.Sprintf("%016x%016x", a.traffic.rand.Uint64(), a.traffic.rand.Uint64())
		for range 2 + a.traffic.rand.IntN(4) {
			s := a.begin(a.workflow(fmt.Sprint(task)), together(by(who), func(e *schema.Event) { e.TraceID = trace },
				at([]string{"files", "mail", "web"}[a.traffic.rand.IntN(3)])))
			a.call(s)
			a.pause(time.Second, time.Minute)
		}
	}
}

// oneCredential: two agents share a service account, at the same time. They differ in
// the address they come from, and two more of one host only in the chat they name.
func oneCredential(a *agent) {
	who := a.principal("service")
	far := func(e *schema.Event) { e.Peer = "10.0.0.2" }
	chats := []string{a.id("chat"), a.id("chat")}
	for range 8 {
		which := a.traffic.rand.IntN(4)
		change := together(by(who), a.protocolID(a.id("mcp")))
		switch which {
		case 1:
			change = together(change, far)
		case 2, 3:
			named := chats[which-2]
			change = together(change, func(e *schema.Event) { e.Peer = "10.0.0.3" }, carries(meta("ai.opencode/sessionID", named)))
		}
		s := a.begin(a.workflow(fmt.Sprint(which)), change)
		a.call(s)
		a.close(s)
		a.pause(2*time.Second, 3*time.Minute)
	}
}

// subAgents: one task, whose helpers have threads of their own and the session of the
// whole in their baggage. Two tasks of one person run at once.
func subAgents(a *agent) {
	who := a.principal("user")
	for task := range 2 {
		root := schema.Key{Name: "session.id", Value: a.id("root"), Where: "baggage"}
		began := a.at
		for range 4 {
			a.at = began
			a.pause(time.Second, 30*time.Second)
			s := a.begin(a.workflow(fmt.Sprint(task)), together(by(who), at([]string{"files", "mail", "web"}[a.traffic.rand.IntN(3)]),
				carries(root, meta("threadId", a.id("thread"))), a.protocolID(a.id("mcp"))))
			a.call(s)
			a.call(s)
		}
		a.at = began
	}
}

// restarts: a stdio server that dies and is started again, with a name in its
// environment or none, and a collector that does while a session goes on.
func restarts(a *agent) {
	user := schema.Principal{Issuer: fmt.Sprintf("laptop-%d", a.n), Subject: "ada"}
	stdio := func(e *schema.Event) {
		e.Transport, e.Basis, e.Peer, e.Principal = schema.TransportStdio, schema.BasisStdio, "", user
	}
	claude := schema.Key{Name: "CLAUDE_CODE_SESSION_ID", Value: a.id("claude"), Where: "env"}
	for range 3 {
		s := a.begin(a.workflow("named"), together(stdio, func(e *schema.Event) { e.ClientName = "claude-code" }))
		s.add(a.at, schema.Event{Kind: schema.KindOpen, Keys: []schema.Key{claude}})
		a.call(s)
		a.close(s)
		a.pause(time.Second, 40*time.Minute)
	}
	a.pause(time.Hour, 2*time.Hour)
	for range 3 {
		s := a.begin(a.workflow("nameless"), stdio)
		a.call(s)
		a.close(s)
		a.pause(time.Second, 40*time.Second)
	}
	web := a.protocolID(a.id("mcp"))
	for n := range 2 {
		s := a.begin(a.workflow("collector"), together(by(a.principal("user")), web, func(e *schema.Event) { e.CollectorID = fmt.Sprint("edge-", n) }))
		a.call(s)
		a.pause(20*time.Minute, 40*time.Minute)
	}
}

// stranger: somebody with another credential sends the keys of a victim.
func stranger(a *agent) {
	chat, trace := a.id("thread"), fmt.Sprintf("%016x%016x", a.traffic.rand.Uint64(), a.traffic.rand.Uint64())
	for n, who := range []schema.Principal{a.principal("victim"), a.principal("victim"), a.principal("mallory"), {}} {
		workflow := a.workflow(fmt.Sprint(max(n, 1)))
		s := a.begin(workflow, together(by(who), carries(meta("threadId", chat)), func(e *schema.Event) {
			e.TraceID = trace
			if who.Actor("") == "" {
				e.Peer = fmt.Sprintf("10.9.%d.%d", a.n/250, a.n%250)
			}
		}))
		a.call(s)
		a.pause(time.Second, time.Minute)
	}
}

// indistinct: two agents that nothing tells apart take turns.
func indistinct(a *agent) {
	who := a.principal("service")
	for range 6 {
		s := a.begin(a.workflow(fmt.Sprint(a.traffic.rand.IntN(2))), by(who))
		a.call(s)
		a.close(s)
		a.pause(2*time.Second, 5*time.Minute)
	}
}

// inParallel: one agent whose sessions overlap and name nothing looks like several.
func inParallel(a *agent) {
	who := a.principal("service")
	for range 3 {
		began := a.at
		for range 3 {
			a.at = began
			a.pause(time.Millisecond, 10*time.Millisecond)
			s := a.begin(a.workflow("all"), by(who))
			a.call(s)
		}
		a.pause(time.Second, time.Minute)
	}
}
