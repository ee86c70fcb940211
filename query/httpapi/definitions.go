package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// definitions are what servers offered, and to whom.
type definitions struct {
	*replies
	store *clickhouse.Definitions
}

func (s *definitions) routes(api huma.API) {
	huma.Register(api, get("servers", "/api/v1/servers", "List upstreams and how much they offer"), s.servers)
	huma.Register(api, get("definitions", "/api/v1/definitions", "List what servers offered, by server, kind and name"), s.list)
	huma.Register(api, get("definition", "/api/v1/definitions/{hash}", "One content, and who was shown it"), s.get)
	huma.Register(api, get("definition-diff", "/api/v1/definitions/{hash}/diff", "How one content differs from another"), s.diff)
	huma.Register(api, get("definition-history", "/api/v1/definition-history", "What one name of one server meant over time, to whom, and what changed"), s.history)
}

type definitionsInput struct {
	Server  []string         `query:"server,explode" maxItems:"100" doc:"Configured name of the upstream."`
	Kind    []definitionKind `query:"kind,explode" maxItems:"4" doc:"Kind of definition."`
	Name    []string         `query:"name,explode" maxItems:"100" doc:"Name of the tool or prompt, URI of the resource, or its template."`
	Text    string           `query:"text" maxLength:"256" doc:"Part of the name, in any ASCII case."`
	Changed bool             `query:"changed" doc:"Only what has more than one version."`
	Cursor  string           `query:"cursor" maxLength:"8000" doc:"The next of an earlier page."`
	Limit   int              `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items per page."`
}

// DefinitionPath names a content.
type DefinitionPath struct {
	Hash string `path:"hash" pattern:"^sha256:[0-9a-f]{64}$" patternDescription:"sha256: and 64 hexadecimal digits" doc:"Content address."`
}

// hashOf reads a content address whose form was checked.
func hashOf(address string) schema.Hash {
	h, _ := definition.ParseAddress(address) // the pattern was checked
	return h
}

type diffInput struct {
	DefinitionPath
	With string `query:"with" required:"true" pattern:"^sha256:[0-9a-f]{64}$" patternDescription:"sha256: and 64 hexadecimal digits" doc:"Content address of the other, the newer one."`
}

type historyInput struct {
	Server string         `query:"server" required:"true" doc:"Configured name of the upstream."`
	Kind   definitionKind `query:"kind" default:"tool" doc:"Kind of definition."`
	Name   string         `query:"name" required:"true" minLength:"1" maxLength:"4096" doc:"Name of the tool or prompt, URI of the resource, or its template."`
	Cursor string         `query:"cursor" maxLength:"200" doc:"The next of an earlier page."`
	Limit  int            `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"Versions per page."`
}

// One page: upstreams are configured by hand and few.
func (s *definitions) servers(ctx context.Context, _ *struct{}) (*output[wire.Page[wire.Server]], error) {
	return read(ctx, s.replies, "servers", func(ctx context.Context) (wire.Page[wire.Server], error) {
		servers, err := s.store.Servers(ctx)
		return wire.Page[wire.Server]{Items: servers}, err
	}, func(p wire.Page[wire.Server]) int { return len(p.Items) })
}

func (s *definitions) list(ctx context.Context, in *definitionsInput) (*output[wire.Page[wire.DefinitionSummary]], error) {
	return read(ctx, s.replies, "definitions", func(ctx context.Context) (wire.Page[wire.DefinitionSummary], error) {
		return s.store.List(ctx, wire.DefinitionFilter{Server: in.Server, Kind: texts(in.Kind), Name: in.Name, Text: in.Text, Changed: in.Changed}, in.Cursor, in.Limit)
	}, func(p wire.Page[wire.DefinitionSummary]) int { return len(p.Items) })
}

func (s *definitions) get(ctx context.Context, in *DefinitionPath) (*output[*wire.Definition], error) {
	return read(ctx, s.replies, "definition", func(ctx context.Context) (*wire.Definition, error) {
		return s.store.Get(ctx, hashOf(in.Hash))
	}, func(*wire.Definition) int { return 1 })
}

// diff reads two contents; that they are of one name is not asked: a renamed tool has
// another.
func (s *definitions) diff(ctx context.Context, in *diffInput) (*output[wire.DefinitionDiff], error) {
	return read(ctx, s.replies, "definition-diff", func(ctx context.Context) (wire.DefinitionDiff, error) {
		a, err := s.store.Get(ctx, hashOf(in.Hash))
		if err != nil {
			return wire.DefinitionDiff{}, err
		}
		b, err := s.store.Get(ctx, hashOf(in.With))
		if err != nil {
			return wire.DefinitionDiff{}, err
		}
		return wire.DefinitionDiff{A: a.Hash, B: b.Hash, Similarity: compare.Similarity(a.Body, b.Body), Changes: compare.Changes(a.Body, b.Body)}, nil
	}, func(wire.DefinitionDiff) int { return 2 })
}

// A name that the server never offered is not found, and no empty history.
func (s *definitions) history(ctx context.Context, in *historyInput) (*output[*wire.DefinitionHistory], error) {
	return read(ctx, s.replies, "definition-history", func(ctx context.Context) (*wire.DefinitionHistory, error) {
		return s.store.History(ctx, in.Server, string(in.Kind), in.Name, in.Cursor, in.Limit)
	}, func(h *wire.DefinitionHistory) int { return len(h.Versions) })
}
