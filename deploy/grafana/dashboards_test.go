package grafana

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.yaml.in/yaml/v3"
)

// dashboard is the part of Grafana's JSON that says what is asked.
type dashboard struct {
	Title       string
	UID         string
	Panels      []panel
	Templating  struct{ List []variable }
	Annotations struct {
		List []struct {
			Name   string
			Target map[string]any
		}
	}
}

type panel struct {
	ID      int
	Title   string
	Type    string
	Targets []map[string]any
	Panels  []panel
}

type variable struct {
	Name       string
	Type       string
	IncludeAll bool
	Query      json.RawMessage
}

// chosenValues are what a person chose of variables that have no "All".
var chosenValues = map[string]string{"agent": "inspector-cli"}

// dashboards runs every query of every panel of every bundled dashboard, and of
// their annotations and variables.
func dashboards(t *testing.T, h *host, s *stack) {
	bundled := bundled(t)
	uids := map[string]bool{}
	for name, d := range shipped(t) {
		if !bundled["dashboards/"+name] || d.UID == "" || uids[d.UID] {
			t.Errorf("%s: not in plugin.json, or its uid %q is empty or another's", name, d.UID)
		}
		uids[d.UID] = true
		ran := 0
		for _, p := range all(d.Panels) {
			for _, target := range p.Targets {
				ran++
				what := fmt.Sprintf("%s, panel %q", name, p.Title)
				leads(t, what, s, rows(t, what, h, s, put(t, d, target)))
			}
		}
		for _, a := range d.Annotations.List {
			if a.Target != nil && a.Target["queryType"] != nil {
				h.frames(t, s.source, put(t, d, a.Target))
			}
		}
		for _, v := range d.Templating.List {
			if v.Type == "query" {
				var q struct{ Dimension string }
				if err := json.Unmarshal(v.Query, &q); err != nil {
					t.Errorf("%s, variable %s: %v", name, v.Name, err)
				}
				if status, body := h.call(t, s.source, "values?dimension="+url.QueryEscape(q.Dimension)+"&from=2026-11-22T00:00:00Z"); status != 200 || strings.Contains(body, `"values":[]`) {
					t.Errorf("%s, variable %s: %d %s", name, v.Name, status, body)
				}
			}
		}
		if ran < 4 {
			t.Errorf("%s has %d queries: is this test looking where panels have them?", name, ran)
		}
	}
	if len(uids) != len(bundled) {
		t.Errorf("%d dashboards, plugin.json names %d", len(uids), len(bundled))
	}
}

// shipped are the dashboards by the names of their files.
func shipped(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("../../grafana-plugin/src/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards, %v", err)
	}
	found := map[string]dashboard{}
	for _, file := range files {
		var d dashboard
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[filepath.Base(file)] = d
	}
	return found
}

func bundled(t *testing.T) map[string]bool {
	t.Helper()
	var plugin struct{ Includes []struct{ Path string } }
	text, err := os.ReadFile("../../grafana-plugin/src/plugin.json")
	if err == nil {
		err = json.Unmarshal(text, &plugin)
	}
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	for _, include := range plugin.Includes {
		paths[include.Path] = true
	}
	return paths
}

// all panels, those in rows too.
func all(panels []panel) (list []panel) {
	for _, p := range panels {
		list = append(append(list, p), all(p.Panels)...)
	}
	return list
}

// put has the values of variables in the place of their names, as the frontend does:
// "All" is no filter.
func put(t *testing.T, d dashboard, target map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range d.Templating.List {
		value := "$__all"
		if !v.IncludeAll {
			value = chosenValues[v.Name]
		}
		text = []byte(strings.ReplaceAll(string(text), `"$`+v.Name+`"`, fmt.Sprintf("%q", value)))
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// rows fails unless the query returns some, or is one whose answer can be seen by
// nothing but zeros.
func rows(t *testing.T, what string, h *host, s *stack, q map[string]any) data.Frames {
	t.Helper()
	response, _, err := h.query(t.Context(), s.source, q, transcriptDay)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	one, n := response.Responses["A"], 0
	for _, frame := range one.Frames {
		n += frame.Rows()
		if format := q["format"]; frame.Rows() > 0 && q["queryType"] == "metrics" && format != "table" && !measured(frame.Fields) {
			t.Errorf("%s: nothing but nulls and zeros", what)
		}
	}
	if one.Error != nil || n == 0 {
		t.Errorf("%s: %d rows, %v; it asks %v", what, n, one.Error, q)
	}
	return one.Frames
}

// alerts runs the queries of the alert rules that are shipped.
func alerts(t *testing.T, h *host, s *stack) {
	text, err := os.ReadFile("provisioning/alerting/mcptrail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				UID, Title, Condition string
				Annotations           map[string]string
				Data                  []struct {
					RefID         string `yaml:"refId"`
					DatasourceUID string `yaml:"datasourceUid"`
					Model         map[string]any
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	panels := map[string]string{}
	for _, d := range shipped(t) {
		for _, p := range all(d.Panels) {
			panels[fmt.Sprint(d.UID, p.ID)] = p.Title
		}
	}
	ran := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if a := rule.Annotations; panels[a["__dashboardUid__"]+a["__panelId__"]] == "" {
				t.Errorf("%s leads to no panel that is bundled: %v", rule.Title, a)
			}
			refs := map[string]bool{}
			for _, d := range rule.Data {
				refs[d.RefID] = true
				if d.DatasourceUID == "__expr__" {
					if from, _ := d.Model["expression"].(string); !refs[from] {
						t.Errorf("%s: %s reads %q, which is nothing before it", rule.Title, d.RefID, from)
					}
					continue
				}
				ran++
				rows(t, rule.Title, h, s, d.Model)
				if f := d.Model["format"]; f != "number" {
					t.Errorf("%s: format %v is not one for alert rules", rule.Title, f)
				}
				response, _, err := h.query(t.Context(), s.source, d.Model, backend.TimeRange{From: transcriptDay.From.AddDate(-1, 0, 0), To: transcriptDay.To.AddDate(-1, 0, 0)})
				if err != nil || response.Responses["A"].Error != nil || len(response.Responses["A"].Frames) == 0 || response.Responses["A"].Frames[0].Meta.Type == "" {
					t.Errorf("%s, when nothing happens: %v %+v", rule.Title, err, response.Responses["A"])
				}
			}
			if !refs[rule.Condition] {
				t.Errorf("%s: its condition %s is none of its queries", rule.Title, rule.Condition)
			}
		}
	}
	if ran < 3 {
		t.Errorf("%d alert queries", ran)
	}
}
