package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/mcptrail/mcptrail/query/clickhouse"
)

// Description is the OpenAPI document of the service.
// It needs no database and no listener, and is the same for each call: front ends generate
// their types from it.
func Description() []byte {
	p := &parts{streams: &streams{replies: new(replies)}, store: new(clickhouse.Store)}
	return register(http.NewServeMux(), p.resources())
}

// register makes the routes and returns their description.
// Handlers are not called: a resource without its store can be described.
func register(mux *http.ServeMux, of []resource) []byte {
	api := humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "mcptrail", Version: "1",
				Description: "The record of what AI agents did over MCP. Times are UTC. Errors are application/problem+json with a sentence in `detail`."},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
		// A mistyped filter would otherwise be no filter, and the answer would hold too much.
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{sentence},
	})
	words := api.OpenAPI().Components.Schemas
	// Before the routes, which would describe the types as plain strings; the other two after
	// them, since they change what the routes described.
	describeWords(words)
	for _, r := range of {
		r.routes(api)
	}
	describeStrings(words)
	describeNull(words)
	// Made once, here: huma would make it at the first request, unguarded.
	description, err := json.Marshal(api.OpenAPI())
	if err != nil {
		panic(fmt.Sprintf("describing the API: %v", err)) // a mistake in the routes' types
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(description)
	})
	return description
}
