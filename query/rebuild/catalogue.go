package rebuild

import (
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// Catalogue has the definitions in force for a client: what the server offers as far as
// the client was shown it. It follows the client and not the server: a list that changed
// takes effect when the client requests it.
type Catalogue struct {
	views map[definition.Kind]*view
	// seen is the word for what it holds; [query.SeenSession] in the session itself.
	seen string
}

// view is what the client was shown of one kind.
type view struct {
	shown map[string]*shown
	// listing are the names in the list that is being read page by page, nil before
	// the first and after the last page.
	listing map[string]bool
	// whole says that a list was read to its end.
	whole bool
	// unread says that a list was answered and its body is not in the record.
	unread bool
	// changed says that the server's list changed since the whole one began.
	changed bool
	// gap says that events are missing since the last list.
	gap bool
}

// shown is a definition and the answer that carried it.
type shown struct {
	address string
	session string
	seq     uint64
	time    time.Time
	// ttl in milliseconds, negative for none.
	ttl int64
	// stale: the list changed since. gap: events are missing since.
	stale, gap bool
}

func newCatalogue() *Catalogue {
	return &Catalogue{views: map[definition.Kind]*view{}, seen: query.SeenSession}
}

// view returns the view of a kind, made on first use. That there is none says that no list
// of the kind was asked for.
func (c *Catalogue) view(kind definition.Kind) *view {
	v := c.views[kind]
	if v == nil {
		v = &view{shown: map[string]*shown{}}
		c.views[kind] = v
	}
	return v
}

// observe takes a message: it gives a new operation the definition in force, and
// follows lists and their changes.
func (c *Catalogue) observe(m *message) {
	if m.afterGap {
		c.lost()
	}
	switch m.role {
	case roleRequest:
		// The first round decides: a later one repeats the call that was made by that definition.
		if op := m.rounds[0].op; len(op.rounds) == 1 && op.direction == schema.ClientToServer {
			op.held = c.held(op.method, op.target, op.started)
		}
	case roleAnswer:
		op := m.rounds[0].op
		if m.outcome == schema.OutcomeOK && !m.again && op.lists() && op.direction == schema.ClientToServer {
			c.listed(m, op)
		}
	case roleNotification, roleFact:
		if m.Kind == schema.KindNotification && m.Direction == schema.ServerToClient {
			c.changed(m.Method)
		}
	}
}

// listed takes one page of a list. What was on earlier pages stays in force until the
// last page is read.
func (c *Catalogue) listed(m *message, op *operation) {
	list, err := definition.Parse(op.method, m.Payload)
	v := c.view(definition.KindOf(op.method))
	if err != nil {
		// What was shown before stays: the client may still use it, and the flags say that a list
		// is missing.
		v.unread, v.listing = true, nil
		return
	}
	// A page with a cursor and no first page before it, as after a gap, begins a list that is
	// never known to be whole at its beginning; the flags of the view say so.
	if op.firstPage || v.listing == nil {
		v.listing, v.changed, v.gap = map[string]bool{}, false, false
		v.unread = v.unread && !op.firstPage
	}
	for _, d := range list.Definitions {
		v.listing[d.Name] = true
		v.shown[d.Name] = &shown{address: definition.Address(d.Hash), session: m.SessionID.String(), seq: m.Seq, time: wall(m.Event.Event), ttl: list.TTL}
	}
	if list.Next {
		return
	}
	// Only a list that was read to its end shows that something is gone.
	for name := range v.shown {
		if !v.listing[name] {
			delete(v.shown, name)
		}
	}
	v.listing, v.whole = nil, true
}

// changed takes the server's notification that a list has changed.
func (c *Catalogue) changed(method string) {
	var kinds []definition.Kind
	switch method {
	case "notifications/tools/list_changed":
		kinds = []definition.Kind{definition.Tool}
	case "notifications/prompts/list_changed":
		kinds = []definition.Kind{definition.Prompt}
	case "notifications/resources/list_changed":
		kinds = []definition.Kind{definition.Resource, definition.ResourceTemplate}
	}
	for _, kind := range kinds {
		v := c.view(kind)
		v.changed = true
		for _, s := range v.shown {
			s.stale = true
		}
	}
}

// lost takes that events are missing: one of them may have been a list or its change.
func (c *Catalogue) lost() {
	for _, v := range c.views {
		v.gap = true
		for _, s := range v.shown {
			s.gap = true
		}
	}
}
