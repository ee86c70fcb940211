package rebuild

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// held is where a definition is from, and its content address; empty where it is not
// known.
type held struct {
	query.Held
	address string
}

func (h *held) definition() *string {
	if h.address == "" {
		return nil
	}
	return &h.address
}

// Catalogue is what a client knows of a server's offers. It follows the client and
// not the server: a list that changed is news to it when it asks again.
type Catalogue struct {
	views map[definition.Kind]*view
	// seen is the word for what it holds; [SeenSession] in the session itself.
	seen string
}

// view is what the client knows of one kind.
type view struct {
	shown map[string]*shown
	// listing are the names of the list that is being read page by page, nil before
	// the first and after the last page.
	listing map[string]bool
	// whole says that a list was read to its end.
	whole bool
	// blind says that a list was answered and is not in the record.
	blind bool
	// changed says that the server's list changed since the whole one began.
	changed bool
	// gap says that events are missing since the last list.
	gap bool
}

// shown is a definition and the answer that showed it.
type shown struct {
	address string
	session string
	seq     uint64
	time    time.Time
	// ttl in milliseconds, negative for none.
	ttl   int64
	stale bool
	gap   bool
}

func newCatalogue() *Catalogue {
	return &Catalogue{views: map[definition.Kind]*view{}, seen: query.SeenSession}
}

func (c *Catalogue) view(kind definition.Kind) *view {
	v := c.views[kind]
	if v == nil {
		v = &view{shown: map[string]*shown{}}
		c.views[kind] = v
	}
	return v
}

// answered takes the answer to a list request; first says that the request named no
// page.
func (c *Catalogue) answered(e *schema.Event, method string, first bool) {
	list, err := definition.Parse(method, e.Payload)
	v := c.view(definition.KindOf(method))
	if err != nil {
		v.blind, v.listing = true, nil
		return
	}
	if first || v.listing == nil {
		v.listing, v.changed, v.gap = map[string]bool{}, false, false
		v.blind = v.blind && !first
	}
	for _, d := range list.Definitions {
		v.listing[d.Name] = true
		v.shown[d.Name] = &shown{address: definition.Address(d.Hash), session: e.SessionID.String(), seq: e.Seq, time: wall(e), ttl: list.TTL}
	}
	if list.Next {
		return
	}
	for name := range v.shown {
		if !v.listing[name] {
			delete(v.shown, name)
		}
	}
	v.listing, v.whole = nil, true
}

// changed takes the server's word that a list is another now.
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

// lost takes that events are missing from here on.
func (c *Catalogue) lost() {
	for _, v := range c.views {
		v.gap = true
		for _, s := range v.shown {
			s.gap = true
		}
	}
}

// held says what the client knew of the target of a request, nil where a request
// needs no definition.
func (c *Catalogue) held(method, target string, at time.Time) *held {
	kind := query.DefinitionKind(method)
	if kind == "" {
		return nil
	}
	if h := c.find(kind, target, at); h != nil {
		return h
	}
	h := &held{Held: query.Held{Seen: query.SeenUnknown, Flags: []string{}}}
	if v := c.views[kind]; v != nil && (v.blind || v.gap) {
		h.Flags = append(h.Flags, query.HeldGap)
	}
	return h
}

// InheritDefinitions fills in what the client may have held from earlier sessions, the newest
// first, where this one shows no list.
func InheritDefinitions(t *query.Timeline, earlier ...*Catalogue) {
	for i := range t.Operations {
		op := &t.Operations[i]
		if op.Held == nil || op.Held.Seen != query.SeenUnknown || len(op.Held.Flags) > 0 {
			continue
		}
		for _, c := range earlier {
			if h := c.find(query.DefinitionKind(op.Method), op.Target, op.Started); h != nil {
				op.Held, op.Definition = &h.Held, h.definition()
				break
			}
		}
	}
}

// LacksDefinitions reports whether an operation was made by a definition that no list of this
// session shows, so that an earlier one may.
func LacksDefinitions(t *query.Timeline) bool {
	return slices.ContainsFunc(t.Operations, func(op query.Operation) bool {
		return op.Held != nil && op.Held.Seen == query.SeenUnknown && len(op.Held.Flags) == 0
	})
}

// find returns nil where the catalogue cannot tell.
func (c *Catalogue) find(kind definition.Kind, target string, at time.Time) *held {
	v := c.views[kind]
	if v == nil && kind != definition.Resource {
		return nil
	}
	if v != nil {
		if s := v.shown[target]; s != nil {
			return c.hold(v, s, at)
		}
	}
	if kind == definition.Resource {
		if templates := c.views[definition.ResourceTemplate]; templates != nil {
			names := make([]string, 0, len(templates.shown))
			for name := range templates.shown {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				if matches(name, target) {
					return c.hold(templates, templates.shown[name], at)
				}
			}
		}
		return nil // a client may read what no list shows
	}
	if !v.whole || v.blind || v.gap || v.listing != nil || c.seen != query.SeenSession {
		return nil
	}
	h := &held{Held: query.Held{Seen: query.SeenUnlisted, Flags: []string{}}}
	if v.changed {
		h.Flags = append(h.Flags, query.HeldStale)
	}
	return h
}

func (c *Catalogue) hold(v *view, s *shown, at time.Time) *held {
	h := &held{Held: query.Held{Seen: c.seen, SessionID: s.session, Seq: s.seq, Time: s.time, Flags: []string{}}, address: s.address}
	if s.stale {
		h.Flags = append(h.Flags, query.HeldStale)
	}
	// Within a session a client works with the list that it has just read, also with
	// one that nobody may keep.
	if s.ttl > 0 && at.Sub(s.time) > time.Duration(s.ttl)*time.Millisecond || s.ttl == 0 && c.seen != query.SeenSession {
		h.Flags = append(h.Flags, query.HeldExpired)
	}
	if s.gap || v.blind {
		h.Flags = append(h.Flags, query.HeldGap)
	}
	return h
}

// matches reports whether a URI template can expand to the URI.
func matches(template, uri string) bool {
	if strings.Count(template, "{") > 16 {
		return false
	}
	var b strings.Builder
	b.WriteString("^")
	for len(template) > 0 {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(regexp.QuoteMeta(before))
		if !found {
			break
		}
		_, after, closed := strings.Cut(rest, "}")
		if !closed {
			return false
		}
		b.WriteString(".+")
		template = after
	}
	expression, err := regexp.Compile(b.String() + "$")
	return err == nil && expression.MatchString(uri)
}

// CatalogueOf returns what a client knew after some events of a session: those of its
// lists, and its gaps.
func CatalogueOf(events iter.Seq2[query.Event, error]) (*Catalogue, error) {
	b := NewBuilder()
	b.partial = true
	if err := b.addAll(events); err != nil {
		return nil, err
	}
	return b.catalogue, nil
}

// As returns the catalogue as a later session inherits it: a client that went away
// and came back may still hold it.
func (c *Catalogue) As(seen string) *Catalogue { return &Catalogue{views: c.views, seen: seen} }
