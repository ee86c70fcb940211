package clickhouse

import (
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// principals are what a session's principal can be named by in a filter.
const principals = "[principal_issuer, principal_subject, principal_client_id, principal_fingerprint]"

// excluding are the conditions on a session's own columns that exclude values. Those of
// other dimensions are on its events.
var excluding = map[string]string{
	"client":    "client_name NOT IN {not_client:Array(String)}",
	"server":    "server_name NOT IN {not_server:Array(String)}",
	"principal": "NOT hasAny(" + principals + ", {not_principal:Array(String)})",
	"upstream":  "upstream NOT IN {not_upstream:Array(String)}",
	"transport": "transport NOT IN {not_transport:Array(String)}",
	"collector": "collector_id NOT IN {not_collector:Array(String)}",
}

// sessionFilter adds the filter's conditions on the columns of sessions. Conditions on
// events must all hold for one event; that makes one subquery for them together, and
// another for the text, which may stand in a different event.
func (w *where) sessionFilter(f wire.Filter) {
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
	in.eventFilter(f.Event)
	in.any("hasAny(scopes, {scope:Array(String)})", "scope", f.Scope)
	for name, values := range f.Not {
		if condition, ok := excluding[name]; ok {
			w.any(condition, "not_"+name, values)
			continue
		}
		// Excluding an event's value asks for a session with an event of another value, and does not
		// ask that no event has it.
		d, _ := dimensionOf(name) // the API refuses others
		in.any("NOT "+d.among(d.expression, "not_"+name), "not_"+name, values)
	}
	w.oneEvent(in)
	if f.Text != "" {
		in = new(where)
		in.contains(f.Text)
		w.oneEvent(in)
	}
}

// oneEvent adds the condition that one event of the session meets all of in. GLOBAL has
// the subquery run once and not on every shard.
func (w *where) oneEvent(in *where) {
	if len(in.conditions) == 0 {
		return
	}
	w.conditions = append(w.conditions,
		"session_id GLOBAL IN (SELECT session_id FROM events WHERE tenant = {tenant:String} AND "+in.String()+")")
	w.parameters = append(w.parameters, in.parameters...)
}

// eventFilter adds the filter's conditions on the columns of events.
func (w *where) eventFilter(f wire.EventFilter) {
	w.any("kind IN {kind:Array(String)}", "kind", f.Kind)
	w.any("method IN {method:Array(String)}", "method", f.Method)
	w.any("target IN {target:Array(String)}", "target", f.Target)
	w.any("outcome IN {outcome:Array(String)}", "outcome", f.Outcome)
}
