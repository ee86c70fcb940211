package clickhouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// ErrNoDefinition says that no server of the tenant offered such a thing.
var ErrNoDefinition = errors.New("no such definition")

// Definitions reads what servers offered. It reads the tables that ingest fills from the
// answers to list requests, and no event.
type Definitions struct{ tenant }

// Servers lists the upstreams by name.
func (s *Definitions) Servers(ctx context.Context) ([]wire.Server, error) {
	// From session_rollup first, so that an upstream that never listed anything is there too.
	// Columns have their table's name in front where the answer has a column of that name, since
	// ClickHouse would take the alias inside of the aggregate.
	w := s.where()
	servers := []wire.Server{}
	err := s.each(ctx, "listing servers", `SELECT upstream, names, sessions, started, ended, tools, prompts, resources, templates, versions
		FROM (
			SELECT toString(r.upstream) AS upstream, uniq(session_id) AS sessions, min(r.started) AS started, max(r.last_time) AS ended
			FROM session_rollup AS r WHERE `+w.String()+` GROUP BY upstream
		) AS all LEFT JOIN (
			SELECT server AS upstream, arraySort(arrayFilter(n -> n != '', groupUniqArray(20)(v.server_name))) AS names,
				uniqIf(name, kind = 'tool') AS tools, uniqIf(name, kind = 'prompt') AS prompts, uniqIf(name, kind = 'resource') AS resources,
				uniqIf(name, kind = 'resource_template') AS templates, uniq(kind, name, hash) AS versions
			FROM definition_views AS v WHERE `+w.String()+` GROUP BY upstream
		) AS offered USING upstream ORDER BY upstream`, w.parameters, func(row driver.Rows) error {
		var v wire.Server
		err := row.Scan(&v.Upstream, &v.Names, &v.Sessions, &v.Started, &v.Ended, &v.Tools, &v.Prompts, &v.Resources, &v.Templates, &v.Versions)
		v.Started, v.Ended = v.Started.UTC(), v.Ended.UTC()
		servers = append(servers, v)
		return err
	})
	return servers, err
}

// List gives what servers offered, by server, kind and name.
func (s *Definitions) List(ctx context.Context, f wire.DefinitionFilter, cursor string, limit int) (wire.Page[wire.DefinitionSummary], error) {
	page := wire.Page[wire.DefinitionSummary]{Items: []wire.DefinitionSummary{}}
	w := s.where()
	w.any("server IN {server:Array(String)}", "server", f.Server)
	w.any("kind IN {kind:Array(String)}", "kind", f.Kind)
	w.any("name IN {name:Array(String)}", "name", f.Name)
	if f.Text != "" {
		w.add("positionCaseInsensitive(name, {text:String}) > 0", "text", f.Text)
	}
	// The order of the tuple is that of ORDER BY below; both change together or pages overlap.
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
		// After grouping, since how many versions there are is known only then.
		having = " HAVING versions > 1"
	}
	// One more than the page: its presence says that there is a next one, without a count.
	w.set("limit", uint32(limit+1))
	// The inner query makes one row of each content, since the table has one for each actor and
	// client that it was shown to; the outer one counts contents.
	err := s.each(ctx, "listing definitions", `SELECT server, kind, name, hex(argMax(hash, first)), count() AS versions, min(first), max(last), max(first)
		FROM (SELECT server, kind, name, hash, min(v.first_seen) AS first, max(v.last_seen) AS last FROM definition_views AS v
			WHERE `+w.String()+` GROUP BY server, kind, name, hash)
		GROUP BY server, kind, name`+having+` ORDER BY server, kind, name LIMIT {limit:UInt32}`, w.parameters, func(row driver.Rows) error {
		var d wire.DefinitionSummary
		err := row.Scan(&d.Server, &d.Kind, &d.Name, &d.Hash, &d.Versions, &d.FirstSeen, &d.LastSeen, &d.Changed)
		d.Hash = address(d.Hash)
		d.FirstSeen, d.LastSeen, d.Changed = d.FirstSeen.UTC(), d.LastSeen.UTC(), d.Changed.UTC()
		page.Items = append(page.Items, d)
		return err
	})
	if err == nil && len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = definitionCursor([3]string{last.Server, last.Kind, last.Name})
	}
	return page, err
}

// address is a content address from the digits that ClickHouse gives.
func address(digits string) string { return "sha256:" + strings.ToLower(digits) }

// definitionCursor encodes the sort key of the last definition of a page. Names are of
// any length, so it is JSON and not the fixed form of [pageKey].
func definitionCursor(last [3]string) string {
	b, _ := json.Marshal(last) // texts always have a JSON form
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseDefinitionCursor reads a cursor; the error is [ErrCursor].
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

// cursor encodes the sort key of the last version of a page.
func (k versionKey) cursor() string {
	b, _ := json.Marshal(k) // always has a JSON form
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseVersionCursor reads a cursor; the error is [ErrCursor].
func parseVersionCursor(cursor string) (after versionKey, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &after)
	}
	if err != nil || after.First < 0 || len(after.Hash) != 2*len(schema.Hash{}) {
		return after, fmt.Errorf("%w %.60q", ErrCursor, cursor)
	}
	return after, nil
}

// Get reads one content and who was shown it; the error is [ErrNoDefinition] where no
// server of the tenant ever listed it.
func (s *Definitions) Get(ctx context.Context, hash schema.Hash) (*wire.Definition, error) {
	// Upper case, as hex() gives them back: the answer is found by these digits.
	digits := []string{strings.ToUpper(definition.Address(hash)[len("sha256:"):])}
	w := s.where()
	w.add(inHashes, "hashes", digits)
	views, total, err := s.views(ctx, w)
	if err != nil {
		return nil, err
	}
	d := &wire.Definition{Hash: address(digits[0]), Seen: views[address(digits[0])]}
	err = s.bodies(ctx, digits, func(_ string, body json.RawMessage) { d.Body = body })
	if err != nil {
		return nil, err
	}
	// Both must be there: a content may belong to another tenant as well, and a view of this
	// tenant is what makes it readable here.
	if len(d.Seen) == 0 || d.Body == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoDefinition, d.Hash)
	}
	d.Kind, d.Name, d.SeenTotal = d.Seen[0].Kind, d.Seen[0].Name, total[d.Hash]
	return d, nil
}

// inHashes chooses contents by their hashes in upper case hexadecimal.
const inHashes = "hash IN (SELECT CAST(unhex(arrayJoin({hashes:Array(String)})), 'FixedString(32)'))"

// bodies reads contents by their hashes, in any order. A content is stored once however
// often it was listed. One that is no JSON becomes a JSON string, so that the answer stays
// JSON.
func (s *Definitions) bodies(ctx context.Context, hashes []string, take func(hash string, body json.RawMessage)) error {
	w := s.where()
	w.add(inHashes, "hashes", hashes)
	return s.each(ctx, "reading definitions", "SELECT hex(hash), any(d.body) FROM definitions AS d WHERE "+w.String()+" GROUP BY hash", w.parameters, func(row driver.Rows) error {
		var hash, body string
		err := row.Scan(&hash, &body)
		if !json.Valid([]byte(body)) {
			quoted, _ := json.Marshal(body) // a string always has a JSON form
			body = string(quoted)
		}
		take(hash, json.RawMessage(body))
		return err
	})
}

// views reads who was shown what, by content: by whom it was shown, first sight first, and
// how many those are, of which maxViews are read. Sessions are counted by the aggregate
// states of the table, which count one that ingest sent twice once.
func (s *Definitions) views(ctx context.Context, w *where) (seen map[string][]wire.DefinitionView, total map[string]uint64, err error) {
	seen, total = map[string][]wire.DefinitionView{}, map[string]uint64{}
	w.set("most", uint32(maxViews))
	err = s.each(ctx, "reading who was shown definitions", `SELECT server, max(v.server_name), kind, name, hex(hash), holder, client_name, client_version,
			min(v.first_seen) AS first, max(v.last_seen), uniqMerge(v.sessions), argMinMerge(v.first_session), argMaxMerge(v.last_session), count() OVER (PARTITION BY hash)
		FROM definition_views AS v WHERE `+w.String()+`
		GROUP BY server, kind, name, hash, holder, client_name, client_version ORDER BY first, hash, holder, client_name LIMIT {most:UInt32} BY hash`, w.parameters, func(row driver.Rows) error {
		var v wire.DefinitionView
		var first, last uuid.UUID
		var all uint64
		err := row.Scan(&v.Server, &v.ServerName, &v.Kind, &v.Name, &v.Hash, &v.Actor, &v.Client.Name, &v.Client.Version,
			&v.FirstSeen, &v.LastSeen, &v.Sessions, &first, &last, &all)
		v.Hash, v.FirstSession, v.LastSession = address(v.Hash), first.String(), last.String()
		v.FirstSeen, v.LastSeen = v.FirstSeen.UTC(), v.LastSeen.UTC()
		seen[v.Hash], total[v.Hash] = append(seen[v.Hash], v), all
		return err
	})
	return seen, total, err
}
