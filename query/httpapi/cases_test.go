package httpapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
)

// ask posts and gives the status and the text of the answer.
func ask(t *testing.T, url, body string, header ...string) (int, string) {
	t.Helper()
	response, text := post(t, url, body, header...)
	return response.StatusCode, text
}

func reading[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func TestACaseIsWhatItsEditsMadeOfIt(t *testing.T) {
	_, record, url := start(t)
	s := recordtest.NewSession(1)
	s.ReadFile("/srv/notes.txt", "the quarterly figures")
	record.Store(t, s.Events...)
	request := s.Events[len(s.Events)-2].Seq
	id := recordtest.ID(1).String()

	_, body := ask(t, url+"/api/v1/cases", `{"title":"What read the figures?"}`)
	opened := reading[wire.Case](t, body)
	edits := url + "/api/v1/cases/" + opened.ID + "/edits"
	edit := func(e map[string]any) wire.Case {
		t.Helper()
		b, _ := json.Marshal(e)
		status, body := ask(t, edits, string(b))
		if status != 200 {
			t.Fatalf("%d: %s", status, body)
		}
		return reading[wire.Case](t, body)
	}
	edit(map[string]any{"action": "note", "text": "Ada says it was not her."})
	c := edit(map[string]any{"action": "pin", "session_id": id, "seq": request, "text": "here"})
	mistake := edit(map[string]any{"action": "pin", "session_id": id, "at": "2026-11-22T09:30:01.5Z"})
	c = edit(map[string]any{"action": "retract", "retracts": mistake.Edits[3].ID})
	edit(map[string]any{"action": "rename", "text": "Who read the figures?"})
	c = edit(map[string]any{"action": "close"})
	if c.Title != "Who read the figures?" || !c.Closed || c.Pins != 1 || c.Notes != 1 || len(c.Edits) != 7 || !c.Edits[3].Retracted || c.Edits[2].Retracted {
		t.Errorf("the case is %+v", c)
	}
	if who := c.Edits[1].Who; who != "anonymous@127.0.0.1" {
		t.Errorf("the note is by %q", who)
	}
	_, body = get(t, url+"/api/v1/cases")
	list := reading[wire.Page[wire.CaseSummary]](t, body)
	if len(list.Items) != 1 || list.Items[0] != c.CaseSummary {
		t.Errorf("listed as %+v, want %+v", list.Items, c.CaseSummary)
	}
	response, body := get(t, url+"/api/v1/cases/"+opened.ID+"/export")
	export := reading[wire.CaseExport](t, body)
	if len(export.Evidence) != 1 || len(export.Evidence[0].Events) != 2 || !bytes.Contains(export.Evidence[0].Events[1].Payload, []byte("quarterly")) {
		t.Errorf("exported %s", body)
	}
	if !strings.HasPrefix(response.Header.Get("Content-Disposition"), "attachment;") {
		t.Error("an export that a browser would show as a page")
	}
}

func TestEditsThatMakeNoSenseAreRefused(t *testing.T) {
	_, _, url := start(t)
	_, body := ask(t, url+"/api/v1/cases", `{"title":"x"}`)
	edits := url + "/api/v1/cases/" + reading[wire.Case](t, body).ID + "/edits"
	for name, c := range map[string]struct {
		url, body string
		header    []string
		status    int
		says      string
	}{
		"no title":        {url + "/api/v1/cases", `{"title":""}`, nil, 422, "title: expected length >= 1"},
		"no such case":    {url + "/api/v1/cases/0193a000-0000-7000-8000-000000000000/edits", `{"action":"close"}`, nil, 404, "There is no case with this id."},
		"unknown action":  {edits, `{"action":"delete"}`, nil, 422, "action: expected value to be one of"},
		"no words":        {edits, `{"action":"note"}`, nil, 422, "a note or a new title needs words"},
		"no session":      {edits, `{"action":"pin"}`, nil, 422, "a pin needs a session"},
		"unknown session": {edits, `{"action":"pin","session_id":"0193a000-0000-7000-8000-000000000000"}`, nil, 404, "There is no session with this id."},
		"unknown edit":    {edits, `{"action":"retract","retracts":"0193a000-0000-7000-8000-000000000000"}`, nil, 422, "Only a pin or a note of this case"},
		"another site":    {edits, `{"action":"close"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross-origin"},
		"a form":          {edits, `{"action":"close"}`, []string{"Content-Type", "text/plain"}, 415, ""},
		"too long":        {edits, `{"action":"note","text":"` + strings.Repeat("a", 300<<10) + `"}`, nil, 413, ""},
	} {
		if status, body := ask(t, c.url, c.body, c.header...); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
