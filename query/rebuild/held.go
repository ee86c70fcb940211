package rebuild

import (
	"maps"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// held is the source of a definition, and its content address; that is empty where no
// list showed the definition.
type held struct {
	query.Held
	address string
}

// definition is the address as a timeline shows it.
func (h *held) definition() *string {
	if h.address == "" {
		return nil
	}
	return &h.address
}

// held returns the definition in force for the target of a request, nil where a request
// refers to none.
func (c *Catalogue) held(method, target string, at time.Time) *held {
	kind := query.DefinitionKind(method)
	if kind == "" {
		return nil
	}
	if h := c.find(kind, target, at); h != nil {
		return h
	}
	h := &held{Held: query.Held{Seen: query.SeenUnknown, Flags: []string{}}}
	if v := c.views[kind]; v != nil && (v.unread || v.gap) {
		h.Flags = append(h.Flags, query.HeldGap)
	}
	return h
}

// find returns nil where the catalogue cannot say: the definition may be in a list that
// it has not.
func (c *Catalogue) find(kind definition.Kind, target string, at time.Time) *held {
	v := c.views[kind]
	if v != nil {
		if s := v.shown[target]; s != nil {
			return c.source(v, s, at)
		}
	}
	if kind == definition.Resource {
		return c.findTemplate(target, at) // a client may read what no list shows
	}
	// Only a list that is whole, current and of this session shows what the agent was not
	// shown. Saying "unlisted" on less would accuse a client of what it may have known.
	if v == nil || !v.whole || v.unread || v.gap || v.listing != nil || c.seen != query.SeenSession {
		return nil
	}
	h := &held{Held: query.Held{Seen: query.SeenUnlisted, Flags: []string{}}}
	if v.changed {
		h.Flags = append(h.Flags, query.HeldStale)
	}
	return h
}

// findTemplate returns the first resource template, by name, that matches a URI.
func (c *Catalogue) findTemplate(uri string, at time.Time) *held {
	v := c.views[definition.ResourceTemplate]
	if v == nil {
		return nil
	}
	// In a fixed order, so that a timeline is the same each time.
	for _, template := range slices.Sorted(maps.Keys(v.shown)) {
		if matches(template, uri) {
			return c.source(v, v.shown[template], at)
		}
	}
	return nil
}

// source says where a definition is from, with what speaks against its being in force.
func (c *Catalogue) source(v *view, s *shown, at time.Time) *held {
	h := &held{Held: query.Held{Seen: c.seen, SessionID: s.session, Seq: s.seq, Time: s.time, Flags: []string{}}, address: s.address}
	if s.stale {
		h.Flags = append(h.Flags, query.HeldStale)
	}
	// Within a session a client uses the list that it has just read, also one with a
	// ttl of 0, which nobody may keep.
	if s.ttl > 0 && at.Sub(s.time) > time.Duration(s.ttl)*time.Millisecond || s.ttl == 0 && c.seen != query.SeenSession {
		h.Flags = append(h.Flags, query.HeldExpired)
	}
	if s.gap || v.unread {
		h.Flags = append(h.Flags, query.HeldGap)
	}
	return h
}
