package clickhouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// ErrNoDefinition says that no server of the tenant offered such a thing.
var ErrNoDefinition = errors.New("no such definition")

// Servers lists the upstreams by name.
func (s *Store) Servers(ctx context.Context) ([]wire.Server, error) {
	w := s.where()
	found, err := s.query(ctx, `SELECT upstream, names, sessions, started, ended, tools, prompts, resources, templates, versions
		FROM (
			SELECT toString(r.upstream) AS upstream, uniq(session_id) AS sessions, min(r.started) AS started, max(r.last_time) AS ended
			FROM session_rollup AS r WHERE `+w.String()+` GROUP BY upstream
		) AS all LEFT JOIN (
			SELECT server AS upstream, arraySort(arrayFilter(n -> n != '', groupUniqArray(20)(v.server_name))) AS names,
				uniqIf(name, kind = 'tool') AS tools, uniqIf(name, kind = 'prompt') AS prompts, uniqIf(name, kind = 'resource') AS resources,
				uniqIf(name, kind = 'resource_template') AS templates, uniq(kind, name, hash) AS versions
			FROM definition_views AS v WHERE `+w.String()+` GROUP BY upstream
		) AS offered USING upstream ORDER BY upstream LIMIT 1000`, w.parameters)
	if err != nil {
		return nil, fmt.Errorf("listing servers: %w", err)
	}
	defer found.Close()
	servers := []wire.Server{}
	for found.Next() {
		var v wire.Server
		if err := found.Scan(&v.Upstream, &v.Names, &v.Sessions, &v.Started, &v.Ended, &v.Tools, &v.Prompts, &v.Resources, &v.Templates, &v.Versions); err != nil {
			return nil, fmt.Errorf("listing servers: %w", err)
		}
		v.Started, v.Ended = v.Started.UTC(), v.Ended.UTC()
		servers = append(servers, v)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("listing servers: %w", err)
	}
	return servers, nil
}

// Definitions lists what servers offered, by server, kind and name.
func (s *Store) Definitions(ctx context.Context, f wire.DefinitionFilter, cursor string, limit int) (wire.Page[wire.DefinitionSummary], error) {
	page := wire.Page[wire.DefinitionSummary]{Items: []wire.DefinitionSummary{}}
	w := s.where()
	w.any("server IN {server:Array(String)}", "server", f.Server)
	w.any("kind IN {kind:Array(String)}", "kind", f.Kind)
	w.any("name IN {name:Array(String)}", "name", f.Name)
	if f.Text != "" {
		w.add("positionCaseInsensitive(name, {text:String}) > 0", "text", f.Text)
	}
	if cursor != "" {
		after, err := parseDefinitionCursor(cursor)
		if err != nil {
			return page, err
		}
		w.add("(server, kind, name) > ({after_server:String}, {after_kind:String}, {after_name:String})", "after_server", after[0])
		w.set("after_kind", after[1])
		w.set("after_name", after[2])
	}
	having := ""
	if f.Changed {
		having = " HAVING versions > 1"
	}
	w.set("limit", uint32(limit+1))
	found, err := s.query(ctx, `SELECT server, kind, name, hex(argMax(hash, first)), count() AS versions, min(first), max(last), max(first)
		FROM (SELECT server, kind, name, hash, min(v.first_seen) AS first, max(v.last_seen) AS last FROM definition_views AS v
			WHERE `+w.String()+` GROUP BY server, kind, name, hash)
		GROUP BY server, kind, name`+having+` ORDER BY server, kind, name LIMIT {limit:UInt32}`, w.parameters)
	if err != nil {
		return page, fmt.Errorf("listing definitions: %w", err)
	}
	defer found.Close()
	for found.Next() {
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = definitionCursor([3]string{last.Server, last.Kind, last.Name})
			break
		}
		var d wire.DefinitionSummary
		if err := found.Scan(&d.Server, &d.Kind, &d.Name, &d.Hash, &d.Versions, &d.FirstSeen, &d.LastSeen, &d.Changed); err != nil {
			return page, fmt.Errorf("listing definitions: %w", err)
		}
		d.Hash = address(d.Hash)
		d.FirstSeen, d.LastSeen, d.Changed = d.FirstSeen.UTC(), d.LastSeen.UTC(), d.Changed.UTC()
		page.Items = append(page.Items, d)
	}
	if err := found.Err(); err != nil {
		return page, fmt.Errorf("listing definitions: %w", err)
	}
	return page, nil
}

func address(digits string) string { return "sha256:" + strings.ToLower(digits) }

func definitionCursor(last [3]string) string {
	b, _ := json.Marshal(last) // texts always have a JSON form
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseDefinitionCursor(cursor string) (after [3]string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &after)
	}
	if err != nil {
		return after, fmt.Errorf("%w %.60q", ErrCursor, cursor)
	}
	return after, nil
}

// Definition reads one content and who was shown it.
func (s *Store) Definition(ctx context.Context, hash schema.Hash) (*wire.Definition, error) {
	w := s.where()
	w.add("hash = unhex({hash:String})", "hash", definition.Address(hash)[len("sha256:"):])
	bodies, err := s.bodies(ctx, w)
	if err != nil {
		return nil, err
	}
	seen, err := s.views(ctx, w)
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 || bodies[seen[0].Hash] == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoDefinition, definition.Address(hash))
	}
	return &wire.Definition{Hash: seen[0].Hash, Kind: seen[0].Kind, Name: seen[0].Name, Body: bodies[seen[0].Hash], Seen: seen}, nil
}

// bodies reads contents by their address.
func (s *Store) bodies(ctx context.Context, w *where) (map[string]json.RawMessage, error) {
	found, err := s.query(ctx, "SELECT hex(hash), any(d.body) FROM definitions AS d WHERE "+w.String()+" GROUP BY hash LIMIT 1000", w.parameters)
	if err != nil {
		return nil, fmt.Errorf("reading definitions: %w", err)
	}
	defer found.Close()
	bodies := map[string]json.RawMessage{}
	for found.Next() {
		var hash, body string
		if err := found.Scan(&hash, &body); err != nil {
			return nil, fmt.Errorf("reading definitions: %w", err)
		}
		if !json.Valid([]byte(body)) {
			quoted, _ := json.Marshal(body) // a string always has a JSON form
			body = string(quoted)
		}
		bodies[address(hash)] = json.RawMessage(body)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("reading definitions: %w", err)
	}
	return bodies, nil
}

// views reads who was shown what, first sight first.
func (s *Store) views(ctx context.Context, w *where) ([]wire.DefinitionView, error) {
	found, err := s.query(ctx, `SELECT server, max(v.server_name), kind, name, hex(hash), holder, client_name, client_version,
			min(v.first_seen) AS first, max(v.last_seen), uniqMerge(v.sessions), argMinMerge(v.first_session), argMaxMerge(v.last_session)
		FROM definition_views AS v WHERE `+w.String()+`
		GROUP BY server, kind, name, hash, holder, client_name, client_version ORDER BY first, hash, holder, client_name LIMIT 1000`, w.parameters)
	if err != nil {
		return nil, fmt.Errorf("reading who was shown definitions: %w", err)
	}
	defer found.Close()
	seen := []wire.DefinitionView{}
	for found.Next() {
		var v wire.DefinitionView
		var first, last uuid.UUID
		if err := found.Scan(&v.Server, &v.ServerName, &v.Kind, &v.Name, &v.Hash, &v.Holder, &v.Client.Name, &v.Client.Version,
			&v.FirstSeen, &v.LastSeen, &v.Sessions, &first, &last); err != nil {
			return nil, fmt.Errorf("reading who was shown definitions: %w", err)
		}
		v.Hash, v.FirstSession, v.LastSession = address(v.Hash), first.String(), last.String()
		v.FirstSeen, v.LastSeen = v.FirstSeen.UTC(), v.LastSeen.UTC()
		seen = append(seen, v)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("reading who was shown definitions: %w", err)
	}
	return seen, nil
}

// DefinitionHistory reads what one name of one server meant over time.
func (s *Store) DefinitionHistory(ctx context.Context, server, kind, name string) (*wire.DefinitionHistory, error) {
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
		for _, other := range h.Versions[:i] {
			h.Divided = h.Divided || v.FirstSeen.Before(other.LastSeen) && other.FirstSeen.Before(v.LastSeen)
		}
	}
	renames(h, all, bodies)
	return h, nil
}

// addView puts a view under its version; views come in the order of first sight.
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

// renames looks for other names that went when this one came, or came when it went.
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
		others[v.Name].Hash = v.Hash // the newest
	}
	for _, name := range order {
		o := others[name]
		o.FirstSeen, o.LastSeen = began[name], gone[name]
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
