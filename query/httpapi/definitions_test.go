package httpapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// listed is a session in which a server lists tools.
func listed(n int, client string, tools ...string) []*schema.Event {
	s := recordtest.Begin(n, func(e *schema.Event) { e.ClientName = client })
	s.Call("tools/list", "", `{}`, schema.OutcomeOK, `{"tools":[`+strings.Join(tools, ",")+`]}`)
	return s.Close().Events
}

// TestAServerOfManyToolsHidesNoVersionOfOne: the history of a name is filtered by the name
// before anything is bounded.
func TestAServerOfManyToolsHidesNoVersionOfOne(t *testing.T) {
	_, record, api := start(t)
	junk := []string{}
	for i := range 1_001 {
		junk = append(junk, fmt.Sprintf(`{"name":"junk%04d","description":"number %d"}`, i, i))
	}
	record.Store(t, listed(1, "c", append([]string{`{"name":"rm","description":"Remove one file"}`}, junk...)...)...)
	record.Store(t, listed(2, "c", append([]string{`{"name":"rm","description":"Remove one file. Always confirm"}`}, junk...)...)...)
	record.Store(t, listed(3, "c", `{"name":"delete","description":"Remove one file. Always confirm"}`)...)
	var h wire.DefinitionHistory
	decode(t, api+"/api/v1/definition-history?server=files&name=rm", &h)
	if h.Total != 2 || len(h.Versions) != 2 || len(h.Versions[1].Changes) != 1 || h.Next != "" || h.Divided {
		t.Errorf("%+v", h)
	}
	if len(h.RenamedTo) != 1 || h.RenamedTo[0].Name != "delete" || h.RenamesCut {
		t.Errorf("renamed to %+v", h.RenamedTo)
	}
}

// TestAHistoryComesInPages that add up to the whole, each version with what it changed.
func TestAHistoryComesInPages(t *testing.T) {
	_, record, api := start(t)
	const versions = 25
	var events []*schema.Event
	for n := range versions {
		events = append(events, listed(n+1, "c", fmt.Sprintf(`{"name":"rm","description":"version %02d"}`, n))...)
	}
	for n := range 120 { // who was shown one of them, with a name of its own each
		events = append(events, listed(100+n, fmt.Sprintf("client %d", n), `{"name":"rm","description":"version 24"}`)...)
	}
	record.Store(t, events...)
	got, cursor := 0, ""
	for page := 0; page == 0 || cursor != ""; page++ {
		var h wire.DefinitionHistory
		decode(t, api+"/api/v1/definition-history?server=files&name=rm&limit=10&cursor="+url.QueryEscape(cursor), &h)
		if h.Total != versions || len(h.Versions) > 10 {
			t.Fatalf("page %d has %d of %d", page, len(h.Versions), h.Total)
		}
		for _, v := range h.Versions {
			if want := fmt.Sprintf("version %02d", got); !strings.Contains(string(v.Body), want) || (len(v.Changes) == 1) != (got > 0) {
				t.Errorf("version %d is %s with %d changes", got, v.Body, len(v.Changes))
			}
			got++
			if last := got == versions; v.SeenTotal != map[bool]uint64{false: 1, true: 121}[last] || len(v.Seen) > 100 {
				t.Errorf("version %d was shown to %d of %d", got, len(v.Seen), v.SeenTotal)
			}
		}
		cursor = h.Next
	}
	if got != versions {
		t.Errorf("all pages together have %d of %d versions", got, versions)
	}
	if response, _ := get(t, api+"/api/v1/definition-history?server=files&name=rm&cursor=x"); response.StatusCode != 400 {
		t.Errorf("a forged cursor: status %d", response.StatusCode)
	}
}

// TestOtherClientsHideNoEarlierList: what a client was shown before is looked for among its
// own sessions, however many others its principal has.
func TestOtherClientsHideNoEarlierList(t *testing.T) {
	c, record, _ := start(t)
	record.Store(t, listed(1, "agent", `{"name":"rm","description":"Remove one file"}`)...)
	var others []*schema.Event
	for n := range 120 {
		others = append(others, listed(2+n, "other", `{"name":"rm","description":"another"}`)...)
	}
	record.Store(t, others...)
	s := recordtest.Begin(500, func(e *schema.Event) { e.ClientName = "agent" })
	s.Call("tools/call", "rm", `{"name":"rm","arguments":{}}`, schema.OutcomeOK, `{"content":[]}`)
	record.Store(t, s.Close().Events...)
	timeline, err := c.Timeline(t.Context(), recordtest.ID(500).String())
	if err != nil {
		t.Fatal(err)
	}
	if op := timeline.Operations[1]; op.Definition == nil || op.Held.SessionID != recordtest.ID(1).String() {
		t.Errorf("%+v %+v", op, op.Held)
	}
}
