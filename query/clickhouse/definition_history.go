package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/wire"
)

const (
	// maxViews bounds who was shown one version; a client chooses names of its own.
	maxViews = 100
	// maxRenames bounds the names that are compared with one, those nearest in time first.
	maxRenames = 10_000
)

// versionKey is the sort key of a version: when it was first seen, in nanoseconds since
// 1970, and its hash in hexadecimal.
type versionKey struct {
	First int64
	Hash  string
}

// History reads what one name of one server meant over time: its versions in the order in
// which they were first seen, and what each changed, at most limit of them. A server
// chooses how much it lists, so nothing is bounded before it is filtered by the name. The
// error is [ErrNoDefinition] where the name was never listed, [ErrCursor] for a cursor that
// was not made here.
func (s *Definitions) History(ctx context.Context, server, kind, name, cursor string, limit int) (*wire.DefinitionHistory, error) {
	h := &wire.DefinitionHistory{Server: server, Kind: kind, Name: name, Versions: []wire.DefinitionVersion{},
		RenamedFrom: []wire.SimilarDefinition{}, RenamedTo: []wire.SimilarDefinition{}}
	life, err := s.life(ctx, h)
	if err != nil {
		return nil, err
	}
	if h.Total == 0 {
		return nil, fmt.Errorf("%w: %s %s of %s", ErrNoDefinition, kind, name, server)
	}
	before, err := s.versions(ctx, h, cursor, limit)
	if err != nil {
		return nil, err
	}
	if err := s.describe(ctx, h, before); err != nil {
		return nil, err
	}
	if cursor == "" {
		err = s.renames(ctx, h, life)
	}
	return h, err
}

// named chooses the views of the name.
func (s *Definitions) named(h *wire.DefinitionHistory) *where {
	w := s.where()
	w.add("server = {server:String}", "server", h.Server)
	w.add("kind = {kind:String}", "kind", h.Kind)
	w.add("name = {name:String}", "name", h.Name)
	return w
}

// life is when a name was there, and its contents at both ends, in hexadecimal.
type life struct {
	began, ended time.Time
	first, last  string
}

// life fills in what is so of all versions. Two versions at the same time were shown to
// different clients or principals.
func (s *Definitions) life(ctx context.Context, h *wire.DefinitionHistory) (life, error) {
	w, l := s.named(h), life{}
	err := s.each(ctx, "reading the life of a definition", `SELECT count(), max(divided), min(first), max(last), hex(argMin(hash, (first, hash))), hex(argMax(hash, (first, hash))) FROM (
			SELECT hash, first, last, first < max(last) OVER earlier AND min(first) OVER earlier < last AS divided
			FROM (SELECT hash, min(v.first_seen) AS first, max(v.last_seen) AS last FROM definition_views AS v WHERE `+w.String()+` GROUP BY hash)
			WINDOW earlier AS (ORDER BY first, hash ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`, w.parameters, func(row driver.Rows) error {
		var divided uint8
		err := row.Scan(&h.Total, &divided, &l.began, &l.ended, &l.first, &l.last)
		h.Divided = divided == 1
		return err
	})
	return l, err
}

// versions reads a page of versions, and returns the hash of the one before it, empty for
// none.
func (s *Definitions) versions(ctx context.Context, h *wire.DefinitionHistory, cursor string, limit int) (before string, err error) {
	w, having := s.named(h), ""
	if cursor != "" {
		var after versionKey
		if after, err = parseVersionCursor(cursor); err != nil {
			return "", err
		}
		having = " HAVING (first, hex(hash)) > (" + moment("after") + ", {after_hash:String})"
		w.set("after", after.First)
		w.set("after_hash", after.Hash)
		before = after.Hash
	}
	w.set("limit", uint32(limit+1))
	err = s.each(ctx, "reading the versions of a definition", `SELECT hex(hash), min(v.first_seen) AS first, max(v.last_seen) FROM definition_views AS v
		WHERE `+w.String()+" GROUP BY hash"+having+" ORDER BY first, hash LIMIT {limit:UInt32}", w.parameters, func(row driver.Rows) error {
		v := wire.DefinitionVersion{Changes: []query.Change{}, Seen: []wire.DefinitionView{}}
		err := row.Scan(&v.Hash, &v.FirstSeen, &v.LastSeen)
		v.FirstSeen, v.LastSeen = v.FirstSeen.UTC(), v.LastSeen.UTC()
		h.Versions = append(h.Versions, v)
		return err
	})
	if len(h.Versions) > limit {
		h.Versions = h.Versions[:limit]
		last := h.Versions[limit-1]
		h.Next = versionKey{last.FirstSeen.UnixNano(), last.Hash}.cursor()
	}
	return before, err
}

// describe fills in what the versions of a page say, what they changed and who was shown
// them.
func (s *Definitions) describe(ctx context.Context, h *wire.DefinitionHistory, before string) error {
	hashes := []string{}
	if before != "" {
		hashes = append(hashes, before)
	}
	for _, v := range h.Versions {
		hashes = append(hashes, v.Hash)
	}
	bodies := map[string]json.RawMessage{}
	if err := s.bodies(ctx, hashes, func(hash string, body json.RawMessage) { bodies[hash] = body }); err != nil {
		return err
	}
	w := s.named(h)
	w.add(inHashes, "hashes", hashes)
	seen, total, err := s.views(ctx, w)
	if err != nil {
		return err
	}
	earlier := bodies[before]
	for i := range h.Versions {
		v := &h.Versions[i]
		v.Body = bodies[v.Hash]
		if i > 0 || before != "" {
			v.Changes = compare.Changes(earlier, v.Body)
		}
		earlier = v.Body
		v.Hash = address(v.Hash)
		v.Seen, v.SeenTotal = append(v.Seen, seen[v.Hash]...), total[v.Hash]
	}
	return nil
}

// renames looks for other names that went when this one came, or came when it went. It
// goes by similarity of content: the protocol has no word for a rename, and a tool under
// a new name escapes whoever pinned the old one.
func (s *Definitions) renames(ctx context.Context, h *wire.DefinitionHistory, l life) error {
	w := s.where()
	w.add("server = {server:String}", "server", h.Server)
	w.add("kind = {kind:String}", "kind", h.Kind)
	w.add("name != {name:String}", "name", h.Name)
	w.set("began", l.began.UnixNano())
	w.set("ended", l.ended.UnixNano())
	w.set("most", uint32(maxRenames+1))
	var others []wire.SimilarDefinition
	var hashes []string
	err := s.each(ctx, "looking for renamed definitions", `SELECT name, hex(argMax(hash, v.first_seen)), min(v.first_seen) AS first, max(v.last_seen) AS last FROM definition_views AS v
		WHERE `+w.String()+` GROUP BY name HAVING last <= `+moment("began")+` OR first >= `+moment("ended")+`
		ORDER BY least(abs(toUnixTimestamp64Nano(last) - {began:Int64}), abs(toUnixTimestamp64Nano(first) - {ended:Int64})), name
		LIMIT {most:UInt32}`, w.parameters, func(row driver.Rows) error {
		var o wire.SimilarDefinition
		err := row.Scan(&o.Name, &o.Hash, &o.FirstSeen, &o.LastSeen)
		o.FirstSeen, o.LastSeen = o.FirstSeen.UTC(), o.LastSeen.UTC()
		others, hashes = append(others, o), append(hashes, o.Hash)
		return err
	})
	if err != nil || len(others) == 0 {
		return err
	}
	if h.RenamesCut = len(others) > maxRenames; h.RenamesCut {
		others, hashes = others[:maxRenames], hashes[:maxRenames]
	}
	ends := map[string]json.RawMessage{}
	err = s.bodies(ctx, []string{l.first, l.last}, func(hash string, body json.RawMessage) { ends[hash] = body })
	if err != nil {
		return err
	}
	// The bodies of the others are compared as they come: together they can be of any size.
	before, after := map[string]float64{}, map[string]float64{}
	err = s.bodies(ctx, hashes, func(hash string, body json.RawMessage) {
		before[hash], after[hash] = compare.Similarity(body, ends[l.first]), compare.Similarity(ends[l.last], body)
	})
	for _, o := range others {
		// A name that is still listed beside this one is a copy and no rename.
		hash := o.Hash
		o.Hash = address(hash)
		if o.Similarity = before[hash]; !o.LastSeen.After(l.began) && o.Similarity >= compare.Renamed {
			h.RenamedFrom = append(h.RenamedFrom, o)
		}
		if o.Similarity = after[hash]; !o.FirstSeen.Before(l.ended) && o.Similarity >= compare.Renamed {
			h.RenamedTo = append(h.RenamedTo, o)
		}
	}
	return err
}
