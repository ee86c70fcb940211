package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/wire"
)

// History reads what one name of one server meant over time: its versions in the order in
// which they were first seen, and what each changed. It reads all definitions of the kind
// that the server ever had, since a rename shows only beside the others. The error is
// [ErrNoDefinition] where the name was never listed.
func (s *Definitions) History(ctx context.Context, server, kind, name string) (*wire.DefinitionHistory, error) {
	w := s.where()
	w.add("server = {server:String}", "server", server)
	w.add("kind = {kind:String}", "kind", kind)
	bodies, err := s.bodies(ctx, w)
	if err != nil {
		return nil, err
	}
	all, err := s.views(ctx, w)
	if err != nil {
		return nil, err
	}
	h := &wire.DefinitionHistory{Server: server, Kind: kind, Name: name, Versions: []wire.DefinitionVersion{},
		RenamedFrom: []wire.SimilarDefinition{}, RenamedTo: []wire.SimilarDefinition{}}
	for _, v := range all {
		if v.Name == name {
			addView(h, v, bodies[v.Hash])
		}
	}
	if len(h.Versions) == 0 {
		return nil, fmt.Errorf("%w: %s %s of %s", ErrNoDefinition, kind, name, server)
	}
	for i := range h.Versions {
		v := &h.Versions[i]
		if i > 0 {
			v.Changes = compare.Changes(h.Versions[i-1].Body, v.Body)
		}
		// The comparison with all earlier versions is quadratic in their number, which is that of
		// the times that a server changed one definition.
		// Two versions at the same time were shown to different clients or principals.
		for _, other := range h.Versions[:i] {
			h.Divided = h.Divided || v.FirstSeen.Before(other.LastSeen) && other.FirstSeen.Before(v.LastSeen)
		}
	}
	renames(h, all, bodies)
	return h, nil
}

// addView puts a view under its version. Views come in the order of first sight, so that
// versions do too.
func addView(h *wire.DefinitionHistory, v wire.DefinitionView, body json.RawMessage) {
	for i := range h.Versions {
		if known := &h.Versions[i]; known.Hash == v.Hash {
			known.Seen = append(known.Seen, v)
			if v.LastSeen.After(known.LastSeen) {
				known.LastSeen = v.LastSeen
			}
			return
		}
	}
	h.Versions = append(h.Versions, wire.DefinitionVersion{Hash: v.Hash, FirstSeen: v.FirstSeen, LastSeen: v.LastSeen, Body: body,
		Changes: []query.Change{}, Seen: []wire.DefinitionView{v}})
}

// renames looks for other names that went when this one came, or came when it went. It
// goes by similarity of content: the protocol has no word for a rename, and a tool under
// a new name escapes whoever pinned the old one.
func renames(h *wire.DefinitionHistory, all []wire.DefinitionView, bodies map[string]json.RawMessage) {
	first, last := &h.Versions[0], &h.Versions[len(h.Versions)-1]
	ended := last.LastSeen
	for i := range h.Versions {
		if h.Versions[i].LastSeen.After(ended) {
			ended = h.Versions[i].LastSeen
		}
	}
	others := map[string]*wire.SimilarDefinition{}
	began, gone := map[string]time.Time{}, map[string]time.Time{}
	var order []string
	for _, v := range all {
		if v.Name == h.Name {
			continue
		}
		if t, known := began[v.Name]; !known || v.FirstSeen.Before(t) {
			began[v.Name] = v.FirstSeen
		}
		if v.LastSeen.After(gone[v.Name]) {
			gone[v.Name] = v.LastSeen
		}
		if others[v.Name] == nil {
			order = append(order, v.Name)
			others[v.Name] = &wire.SimilarDefinition{Name: v.Name, Hash: v.Hash, FirstSeen: v.FirstSeen, LastSeen: v.LastSeen}
		}
		// Views come by first sight, so the last one seen here is the newest content.
		others[v.Name].Hash = v.Hash // the newest
	}
	for _, name := range order {
		o := others[name]
		o.FirstSeen, o.LastSeen = began[name], gone[name]
		// Gone before this one came: it may have been renamed to it. A name that is still listed
		// beside it is a copy and no rename.
		if !gone[name].After(first.FirstSeen) {
			if o.Similarity = compare.Similarity(bodies[o.Hash], first.Body); o.Similarity >= compare.Renamed {
				h.RenamedFrom = append(h.RenamedFrom, *o)
			}
		}
		if !began[name].Before(ended) {
			if o.Similarity = compare.Similarity(last.Body, bodies[o.Hash]); o.Similarity >= compare.Renamed {
				h.RenamedTo = append(h.RenamedTo, *o)
			}
		}
	}
}
