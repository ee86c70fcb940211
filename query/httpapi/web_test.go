package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
)

func TestTimelineInPartsIsTheTimeline(t *testing.T) {
	c, record, url := start(t)
	for n, size := range []int{10, 5000} {
		s := recordtest.NewSession(n + 1)
		for len(s.Events) < size {
			s.ReadFile("/srv/notes.txt", "some text")
		}
		record.Store(t, s.Events...)
		id := recordtest.ID(n + 1).String()
		want, err := c.Timeline(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		_, body := get(t, url+"/api/v1/sessions/"+id+"/timeline/parts")
		var operations []query.Operation
		var beginnings, ends int
		for line := range strings.Lines(body) {
			var part wire.TimelinePart
			if err := json.Unmarshal([]byte(line), &part); err != nil {
				t.Fatal(err)
			}
			if part.Beginning {
				beginnings++
				continue
			}
			operations = append(operations, part.Operations...)
			if part.Last {
				ends++
			}
		}
		if ends != 1 || beginnings != n || len(operations) != len(want.Operations) {
			t.Errorf("%d events: %d beginnings, %d ends, %d of %d operations", size, beginnings, ends, len(operations), len(want.Operations))
		}
		for i := range operations {
			if operations[i].ID != want.Operations[i].ID {
				t.Fatalf("operation %d is %s, want %s", i, operations[i].ID, want.Operations[i].ID)
			}
		}
	}
}

func TestFacetsCountWhatTheListShows(t *testing.T) {
	_, record, url := start(t)
	for n := range 6 {
		s := recordtest.NewSession(n)
		if n < 2 {
			s = recordtest.NewSession(n)
			s.Base.ClientName = "other"
			for _, e := range s.Events {
				e.ClientName = "other"
			}
		}
		record.Store(t, s.Events...)
	}
	for path, want := range map[string]struct {
		total uint64
		// counts of the facet "client".
		counts string
	}{
		"":                                       {6, "[{inspector-cli 4} {other 2}]"},
		"?client=other":                          {2, "[{inspector-cli 4} {other 2}]"},
		"?client=other&client=inspector-cli":     {6, "[{inspector-cli 4} {other 2}]"},
		"?client=other&upstream=nothing":         {0, "[]"},
		"?upstream=nothing":                      {0, "[]"},
		"?client=inspector-cli&transport=stdio":  {4, "[{inspector-cli 4} {other 2}]"},
		"?from=2026-11-22T09:30:04Z":             {2, "[{inspector-cli 2}]"},
		"?client=other&complete=true":            {0, "[]"},
		"?client=other&complete=false&text=read": {0, "[]"},
	} {
		_, body := get(t, url+"/api/v1/facets"+path)
		var facets wire.Facets
		if err := json.Unmarshal([]byte(body), &facets); err != nil {
			t.Fatalf("%s: %v in %s", path, err, body)
		}
		var counted uint64
		for _, b := range facets.Histogram {
			counted += b.Sessions
		}
		values := []wire.FacetValue{}
		if i := slices.IndexFunc(facets.Fields, func(f wire.Facet) bool { return f.Field == "client" }); i >= 0 {
			values = facets.Fields[i].Values
		}
		if facets.Total != want.total || counted != want.total || fmt.Sprint(values) != want.counts {
			t.Errorf("%s: total %d, histogram %d, clients %v; want %d, %s", path, facets.Total, counted, values, want.total, want.counts)
		}
	}
}

func TestAddressesOfTheWebUILeadToItsPage(t *testing.T) {
	_, _, url := start(t)
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/":                     {200, "text/html; charset=utf-8"},
		"/sessions/x?at=1":      {200, "text/html; charset=utf-8"},
		"/api/v1/nothing":       {404, "text/plain; charset=utf-8"},
		"/assets/nothing":       {404, "text/plain; charset=utf-8"},
		"/assets/../index.html": {200, "text/html; charset=utf-8"},
	} {
		response, body := get(t, url+path)
		if path == "/assets/nothing" && strings.Contains(body, "make build") {
			continue // a checkout without the built pages says so everywhere
		}
		if kind := response.Header.Get("Content-Type"); response.StatusCode != want.status || kind != want.kind {
			t.Errorf("%s: %d %s", path, response.StatusCode, kind)
		}
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
}
