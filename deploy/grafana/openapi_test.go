package grafana

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/query/httpapi"
)

// update writes golden files anew.
var update = flag.Bool("update", false, "write golden files")

const description = "../../grafana-plugin/pkg/api/openapi.json"

// asked are the operations that the plugin asks.
var asked = []string{"aggregate", "definitions", "event-list", "events", "health", "session", "sessions", "tail", "timeline", "values"}

// TestTheClientsDescriptionIsTheServices holds the document that the plugin's client
// is generated from against the one that the service gives: what the client knows
// must be there and mean the same. The service may say more.
func TestTheClientsDescriptionIsTheServices(t *testing.T) {
	served := part(t, servedDescription(t))
	if *update {
		text, err := json.MarshalIndent(served, "", " ")
		if err == nil {
			err = os.WriteFile(description, append(text, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	var known map[string]any
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	within(t, "", known, served)
}

// renew is what to do about a difference.
const renew = "run go test ./deploy/grafana -run Description -update and go generate ./grafana-plugin/..."

// within reports what is in the one and not in the other.
func within(t *testing.T, at string, known, served any) {
	t.Helper()
	switch known := known.(type) {
	case map[string]any:
		there, _ := served.(map[string]any)
		for name, value := range known {
			if name != "description" && name != "summary" && name != "doc" {
				within(t, at+"/"+name, value, there[name])
			}
		}
	case []any:
		there, _ := served.([]any)
		// What people choose from is a list of the document: it has all of it.
		if strings.HasSuffix(at, "/enum") && !reflect.DeepEqual(known, there) {
			t.Errorf("%s is %v, the service says %v; %s", at, known, there, renew)
			return
		}
		for i, value := range known {
			if named, ok := value.(map[string]any); ok && named["name"] != nil {
				within(t, at+"/"+named["name"].(string), value, find(there, named["name"]))
			} else if !contains(there, value) {
				t.Errorf("%s/%d: %v is not served", at, i, value)
			}
		}
	default:
		if !reflect.DeepEqual(known, served) {
			t.Errorf("%s is %v, the service says %v; %s", at, known, served, renew)
		}
	}
}

func find(list []any, name any) any {
	for _, value := range list {
		if value.(map[string]any)["name"] == name {
			return value
		}
	}
	return nil
}

func contains(list []any, want any) bool {
	for _, value := range list {
		if reflect.DeepEqual(value, want) {
			return true
		}
	}
	return false
}

func servedDescription(t *testing.T) (document map[string]any) {
	t.Helper()
	listener, err := httpapi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- httpapi.Run(ctx, httpapi.Config{Listener: listener, ClickHouse: &clickhouse.Options{Addr: []string{"127.0.0.1:1"}}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	}()
	defer func() { cancel(); <-done }()
	response, err := http.Get("http://" + listener.Addr().String() + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	return document
}

// part of a document: the operations that the plugin asks and the schemas that they
// name.
func part(t *testing.T, document map[string]any) map[string]any {
	t.Helper()
	paths, schemas := map[string]any{}, map[string]any{}
	all := document["components"].(map[string]any)["schemas"].(map[string]any)
	for path, item := range document["paths"].(map[string]any) {
		get, ok := item.(map[string]any)["get"].(map[string]any)
		if !ok {
			continue
		}
		for _, id := range asked {
			if get["operationId"] == id {
				responses := get["responses"].(map[string]any)
				get["responses"] = map[string]any{"200": responses["200"]}
				paths[path] = map[string]any{"get": get}
				reach(get, all, schemas)
			}
		}
	}
	if len(paths) != len(asked) {
		t.Errorf("%d of %d operations are served", len(paths), len(asked))
	}
	return map[string]any{"openapi": document["openapi"], "info": document["info"], "paths": paths, "components": map[string]any{"schemas": schemas}}
}

func reach(value any, all, into map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		if ref, ok := value["$ref"].(string); ok {
			name := ref[strings.LastIndexByte(ref, '/')+1:]
			if into[name] == nil {
				into[name] = all[name]
				reach(all[name], all, into)
			}
		}
		for _, inner := range value {
			reach(inner, all, into)
		}
	case []any:
		for _, inner := range value {
			reach(inner, all, into)
		}
	}
}
