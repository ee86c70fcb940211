package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

type definitionsInput struct {
	Server  []string `query:"server,explode" maxItems:"100" doc:"Configured name of the upstream."`
	Kind    []string `query:"kind,explode" maxItems:"4" enum:"tool,prompt,resource,resource_template" doc:"Kind of definition."`
	Name    []string `query:"name,explode" maxItems:"100" doc:"Name of the tool or prompt, URI of the resource, or its template."`
	Text    string   `query:"text" maxLength:"256" doc:"Part of the name, in any ASCII case."`
	Changed bool     `query:"changed" doc:"Only what has more than one version."`
	Cursor  string   `query:"cursor" maxLength:"8000" doc:"The next of an earlier page."`
	Limit   int      `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items per page."`
}

// DefinitionPath names a content.
type DefinitionPath struct {
	Hash string `path:"hash" pattern:"^sha256:[0-9a-f]{64}$" patternDescription:"sha256: and 64 hexadecimal digits" doc:"Content address."`
}

func hashOf(address string) schema.Hash {
	h, _ := definition.ParseAddress(address) // the pattern was checked
	return h
}

type diffInput struct {
	DefinitionPath
	With string `query:"with" required:"true" pattern:"^sha256:[0-9a-f]{64}$" patternDescription:"sha256: and 64 hexadecimal digits" doc:"Content address of the other, the newer one."`
}

type historyInput struct {
	Server string `query:"server" required:"true" doc:"Configured name of the upstream."`
	Kind   string `query:"kind" enum:"tool,prompt,resource,resource_template" default:"tool" doc:"Kind of definition."`
	Name   string `query:"name" required:"true" minLength:"1" maxLength:"4096" doc:"Name of the tool or prompt, URI of the resource, or its template."`
}

func (s *server) definitionRoutes(api huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}
	}
	huma.Register(api, get("servers", "/api/v1/servers", "List upstreams and how much they offer"), s.servers)
	huma.Register(api, get("definitions", "/api/v1/definitions", "List what servers offered, by server, kind and name"), s.definitions)
	huma.Register(api, get("definition", "/api/v1/definitions/{hash}", "One content, and who was shown it"), s.definition)
	huma.Register(api, get("definition-diff", "/api/v1/definitions/{hash}/diff", "How one content differs from another"), s.definitionDiff)
	huma.Register(api, get("definition-history", "/api/v1/definition-history", "What one name of one server meant over time, to whom, and what changed"), s.definitionHistory)
}

func (s *server) servers(ctx context.Context, _ *struct{}) (*output[wire.Page[wire.Server]], error) {
	return read(ctx, s, "servers", func(ctx context.Context) (wire.Page[wire.Server], error) {
		servers, err := s.store.Servers(ctx)
		return wire.Page[wire.Server]{Items: servers}, err
	}, func(p wire.Page[wire.Server]) int { return len(p.Items) })
}

func (s *server) definitions(ctx context.Context, in *definitionsInput) (*output[wire.Page[wire.DefinitionSummary]], error) {
	return read(ctx, s, "definitions", func(ctx context.Context) (wire.Page[wire.DefinitionSummary], error) {
		return s.store.Definitions(ctx, wire.DefinitionFilter{Server: in.Server, Kind: in.Kind, Name: in.Name, Text: in.Text, Changed: in.Changed}, in.Cursor, in.Limit)
	}, func(p wire.Page[wire.DefinitionSummary]) int { return len(p.Items) })
}

func (s *server) definition(ctx context.Context, in *DefinitionPath) (*output[*wire.Definition], error) {
	return read(ctx, s, "definition", func(ctx context.Context) (*wire.Definition, error) {
		return s.store.Definition(ctx, hashOf(in.Hash))
	}, func(*wire.Definition) int { return 1 })
}

func (s *server) definitionDiff(ctx context.Context, in *diffInput) (*output[wire.DefinitionDiff], error) {
	return read(ctx, s, "definition-diff", func(ctx context.Context) (wire.DefinitionDiff, error) {
		a, err := s.store.Definition(ctx, hashOf(in.Hash))
		if err != nil {
			return wire.DefinitionDiff{}, err
		}
		b, err := s.store.Definition(ctx, hashOf(in.With))
		if err != nil {
			return wire.DefinitionDiff{}, err
		}
		return wire.DefinitionDiff{A: a.Hash, B: b.Hash, Similarity: compare.Similarity(a.Body, b.Body), Changes: compare.Changes(a.Body, b.Body)}, nil
	}, func(wire.DefinitionDiff) int { return 2 })
}

func (s *server) definitionHistory(ctx context.Context, in *historyInput) (*output[*wire.DefinitionHistory], error) {
	return read(ctx, s, "definition-history", func(ctx context.Context) (*wire.DefinitionHistory, error) {
		return s.store.DefinitionHistory(ctx, in.Server, in.Kind, in.Name)
	}, func(h *wire.DefinitionHistory) int { return len(h.Versions) })
}
