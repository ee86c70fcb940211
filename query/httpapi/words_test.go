package httpapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/query/wire"
)

// TestTheDescriptionHasTheWords looks at what front ends generate their lists from:
// each list once, its meanings beside it, and every parameter refers to it.
func TestTheDescriptionHasTheWords(t *testing.T) {
	type value struct {
		Ref      string   `json:"$ref"`
		Enum     []string `json:"enum"`
		Meanings []string `json:"x-enum-descriptions"`
		Items    *value   `json:"items"`
	}
	var description struct {
		Paths map[string]struct {
			Get struct {
				Parameters []struct {
					Name   string
					Schema value
				}
			}
		}
		Components struct{ Schemas map[string]value }
	}
	if err := json.Unmarshal(httpapi.Description(), &description); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string]wire.Words{"Measure": clickhouse.Measures(), "Dimension": clickhouse.Dimensions(), "EventKind": wire.Kinds(),
		"Outcome": wire.Outcomes(), "Basis": wire.Bases(), "Transport": wire.Transports(), "EventFlag": wire.Flags(),
		"OperationFlag": wire.OperationFlags(), "OperationKind": wire.OperationKinds(), "DefinitionKind": wire.DefinitionKinds()} {
		described := description.Components.Schemas[name]
		if !slices.Equal(described.Enum, words.Values()) || len(described.Meanings) != len(words) {
			t.Errorf("%s is one of %q with %d meanings, want %q", name, described.Enum, len(described.Meanings), words.Values())
		}
	}
	lists := map[string]string{"kind": "EventKind", "outcome": "Outcome", "transport": "Transport", "measure": "Measure", "by": "Dimension", "dimension": "Dimension"}
	found := map[string]int{}
	for path, operation := range description.Paths {
		for _, p := range operation.Get.Parameters {
			of := p.Schema
			if of.Items != nil {
				of = *of.Items
			}
			list := lists[p.Name]
			if p.Name == "kind" && strings.HasPrefix(path, "/api/v1/definition") {
				list = "DefinitionKind"
			}
			if list != "" {
				found[p.Name]++
				if of.Ref != "#/components/schemas/"+list {
					t.Errorf("%s: %s is %+v, want %s", path, p.Name, of, list)
				}
			}
		}
	}
	if found["kind"] < 3 || found["outcome"] < 3 || found["transport"] < 1 || len(found) != len(lists) {
		t.Errorf("parameters found: %v", found)
	}
}

// TestWhatCanBeNullIsDescribedSo: a generated client reads what an operation leaves out.
func TestWhatCanBeNullIsDescribedSo(t *testing.T) {
	var d struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					AnyOf []struct {
						Type string
						Ref  string `json:"$ref"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(httpapi.Description(), &d); err != nil {
		t.Fatal(err)
	}
	for _, schema := range []string{"Operation", "TrailOperation"} {
		for _, member := range []string{"held", "task", "embedded"} {
			p := d.Components.Schemas[schema].Properties[member]
			if len(p.AnyOf) != 2 || p.AnyOf[0].Ref == "" || p.AnyOf[1].Type != "null" {
				t.Errorf("%s.%s is described as %+v", schema, member, p)
			}
		}
	}
}
