package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// conversation is a session that carries a host's own id.
func conversation(n int, key, value string, change func(*schema.Event)) *recordtest.Session {
	s := recordtest.Begin(n, func(e *schema.Event) {
		if key != "" {
			e.Keys = []schema.Key{{Name: key, Value: value, Where: "meta"}}
		}
		if change != nil {
			change(e)
		}
	})
	s.ReadFile(fmt.Sprintf("/notes/%d.txt", n), "hello")
	return s.Close()
}

func post(t testing.TB, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return send(t, request, header...)
}

func names(t *wire.Trail) string {
	var ids []string
	for _, m := range t.Members {
		ids = append(ids, strings.TrimLeft(m.SessionID[24:], "0"))
	}
	return strings.Join(ids, " ")
}

func TestATrailJoinsWhatOneKeyOfOnePrincipalJoins(t *testing.T) {
	c, record, url := start(t)
	mallory := func(e *schema.Event) { e.Principal = schema.Principal{Issuer: "elsewhere", Subject: "mallory"} }
	other := func(e *schema.Event) { e.Upstream = "mail" }
	far := func(hours int) func(*schema.Event) {
		return func(e *schema.Event) { e.Time += int64(time.Duration(hours) * time.Hour) }
	}
	for _, s := range []*recordtest.Session{
		conversation(1, "threadId", "a", nil), conversation(2, "threadId", "a", other), conversation(3, "threadId", "b", nil),
		conversation(4, "threadId", "a", mallory), conversation(5, "", "", far(2)), conversation(6, "threadId", "a", far(3)),
	} {
		record.Store(t, s.Events...)
	}
	id := recordtest.ID(2).String()
	found, err := c.Trail(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if names(found) != "1 2 6" || found.ID != "t-"+recordtest.ID(1).String() || found.Confidence != trail.Reported {
		t.Fatalf("%s %s %s", found.ID, names(found), found.Confidence)
	}
	j := found.Joins[0]
	if j.Rule != "threadId" || j.Value != "a" || j.Actor != "build-host|ada|" || j.EvidenceA == nil || j.EvidenceA.SessionID != recordtest.ID(1).String() || j.Why == "" {
		t.Errorf("%+v", j)
	}
	if len(found.ConflictList) != 1 || found.ConflictList[0].Kind != trail.ConflictPrincipal || found.ConflictList[0].Joined {
		t.Errorf("%+v", found.ConflictList)
	}
	var listed []string
	cursor := ""
	for {
		page, err := c.Trails(t.Context(), wire.Filter{}, cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Items {
			listed = append(listed, fmt.Sprintf("%s:%d", strings.TrimLeft(s.ID[26:], "0"), s.Sessions))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if got := strings.Join(listed, " "); got != "1:3 5:1 4:1 3:1" {
		t.Errorf("listed: %s", got)
	}
	if page, err := c.Trails(t.Context(), wire.Filter{Upstream: []string{"mail"}}, "", 10); err != nil || len(page.Items) != 1 || page.Items[0].Sessions != 3 {
		t.Errorf("with a session at mail: %+v, %v", page, err)
	}

	var ops, facts []string
	proved := map[string]string{}
	cursor = ""
	for {
		page, err := c.TrailTimeline(t.Context(), found.ID, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Operations {
			ops = append(ops, strings.TrimLeft(o.SessionID[24:], "0")+o.Method[:1])
		}
		for _, f := range page.Facts {
			facts = append(facts, strings.TrimLeft(f.SessionID[24:], "0")+string(f.Kind)[:1])
		}
		for _, s := range page.Sessions {
			proved[strings.TrimLeft(s.SessionID[24:], "0")] = s.Integrity.State
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if got := strings.Join(ops, " "); got != "1i 1t 2i 2t 6i 6t" {
		t.Errorf("operations: %s", got)
	}
	if got := fmt.Sprint(facts, proved); got != "[1o 1n 1c 2o 2n 2c 6o 6n 6c] map[1:received 2:received 6:received]" {
		t.Errorf("facts on all pages, each once, and what is proved: %s", got)
	}

	// Neither what was done nor what was said is needed to find what belongs together.
	if err := record.Conn.Exec(t.Context(), "TRUNCATE TABLE events"); err != nil {
		t.Fatal(err)
	}

	// A person knows better, and changes their mind.
	edit := func(body string) trail.Edit {
		t.Helper()
		response, text := post(t, url+"/api/v1/trail-edits", body)
		if response.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %s %s", body, response.Status, text)
		}
		var e trail.Edit
		if err := json.Unmarshal([]byte(text), &e); err != nil || e.ID == "" || !strings.HasPrefix(e.Who, "anonymous@") {
			t.Fatalf("%s: %v", text, err)
		}
		return e
	}
	now := func(id string) string {
		t.Helper()
		found, err := c.Trail(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return found.Name + names(found)
	}
	split := edit(fmt.Sprintf(`{"action":"split","members":[%q],"why":"the mail was another task"}`, id))
	if got := now(id); got != "2" {
		t.Errorf("split off: %s", got)
	}
	if got := now(recordtest.ID(6).String()); got != "1 6" {
		t.Errorf("the rest: %s", got)
	}
	edit(fmt.Sprintf(`{"action":"merge","members":["t-%s",%q]}`, recordtest.ID(3), id))
	edit(fmt.Sprintf(`{"action":"name","members":[%q],"name":"mail "}`, id))
	if got := now(id); got != "mail 2 3" {
		t.Errorf("merged and named: %s", got)
	}
	edit(fmt.Sprintf(`{"action":"undo","undoes":%q}`, split.ID))
	if got := now(id); got != "mail 1 2 3 6" {
		t.Errorf("undone: %s", got)
	}
	for body, want := range map[string]int{
		`{"action":"merge","members":["t-` + id + `"]}`:                        http.StatusUnprocessableEntity,
		`{"action":"split","members":["t-` + id + `"]}`:                        http.StatusUnprocessableEntity,
		`{"action":"burn"}`:                                                    http.StatusUnprocessableEntity,
		`{"action":"undo","undoes":"` + id + `"}`:                              http.StatusNotFound,
		`{"action":"name","members":["0193a000-0000-7000-8000-999999999999"]}`: http.StatusNotFound,
	} {
		if response, text := post(t, url+"/api/v1/trail-edits", body); response.StatusCode != want {
			t.Errorf("%s: %s %s", body, response.Status, text)
		}
	}
	if response, _ := post(t, url+"/api/v1/trail-edits", `{}`, "Sec-Fetch-Site", "cross-site"); response.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another site: %s", response.Status)
	}
}

func TestAPooledSessionIsInTheTrailsOfItsConversations(t *testing.T) {
	c, record, _ := start(t)
	pool := recordtest.NewSession(1)
	for _, chat := range []string{"a", "b", "a"} {
		pool.Base.Keys = []schema.Key{{Name: "vscode.conversationId", Value: chat, Where: "meta"}}
		pool.ReadFile("/"+chat, chat)
	}
	record.Store(t, pool.Close().Events...)
	record.Store(t, conversation(2, "vscode.conversationId", "b", nil).Events...)
	found, err := c.Trail(t.Context(), recordtest.ID(2).String())
	if err != nil {
		t.Fatal(err)
	}
	if names(found) != "1 2" || found.Members[0].Part == nil || found.Members[0].Part.Value != "b" {
		t.Fatalf("%+v", found.Members)
	}
	page, err := c.TrailTimeline(t.Context(), found.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for _, o := range page.Operations {
		if o.SessionID == recordtest.ID(1).String() {
			seqs = append(seqs, o.Seq)
		}
	}
	if fmt.Sprint(seqs) != "[1 6]" {
		t.Errorf("operations of chat b in the pool: %v", seqs)
	}
}

func TestDefinitionsAreKeptByWhatTheySay(t *testing.T) {
	c, record, url := start(t)
	list := func(n int, user, tools string) {
		s := recordtest.Begin(n, func(e *schema.Event) { e.Principal.Subject = user })
		s.Call("tools/list", "", `{}`, schema.OutcomeOK, `{"tools":[`+tools+`]}`)
		s.Call("tools/call", "rm", `{"name":"rm","arguments":{}}`, schema.OutcomeOK, `{"content":[]}`)
		record.Store(t, s.Close().Events...)
	}
	const described = `"description":"Remove one file for good, there is no way back","inputSchema":{"type":"object","properties":{"path":{"type":"string"}}}`
	list(1, "ada", `{"name":"delete_file",`+described+`},{"name":"cat"}`)
	list(2, "ada", `{"name":"rm",`+described+`},{"name":"cat"}`)
	list(3, "bob", `{"name":"rm",`+strings.Replace(described, "Remove", "Always remove", 1)+`},{"name":"cat"}`)
	list(4, "ada", `{"name":"rm",`+described+`},{"name":"cat"}`)
	var page wire.Page[wire.DefinitionSummary]
	decode(t, url+"/api/v1/definitions?server=files", &page)
	if len(page.Items) != 3 || page.Items[2].Name != "rm" || page.Items[2].Versions != 2 {
		t.Fatalf("%+v", page)
	}
	var history wire.DefinitionHistory
	decode(t, url+"/api/v1/definition-history?server=files&name=rm", &history)
	if len(history.Versions) != 2 || !history.Divided || len(history.Versions[0].Changes) != 0 || len(history.Versions[1].Changes) != 1 ||
		history.Versions[1].Changes[0].Path != "/description" || len(history.RenamedFrom) != 1 || history.RenamedFrom[0].Name != "delete_file" {
		t.Errorf("%+v", history)
	}
	if v := history.Versions[0].Seen[0]; v.Actor != "build-host|ada|" || v.Sessions != 2 || v.FirstSession != recordtest.ID(2).String() || v.LastSession != recordtest.ID(4).String() {
		t.Errorf("%+v", v)
	}
	timeline, err := c.Timeline(t.Context(), recordtest.ID(3).String())
	if err != nil {
		t.Fatal(err)
	}
	op := timeline.Operations[2]
	if op.Definition == nil || *op.Definition != history.Versions[1].Hash || op.Held.Seen != "session" {
		t.Errorf("%+v", op)
	}
	// A client that came back asks for no list and holds what it was shown before.
	for n, want := range map[int]string{5: "trail", 6: "agent"} {
		s := recordtest.Begin(n, func(e *schema.Event) {
			e.Principal.Subject = "bob"
			e.Time += int64(time.Duration(n-5) * time.Hour)
		})
		s.Call("tools/call", "rm", `{"name":"rm","arguments":{}}`, schema.OutcomeOK, `{"content":[]}`)
		record.Store(t, s.Close().Events...)
		timeline, err := c.Timeline(t.Context(), recordtest.ID(n).String())
		if err != nil {
			t.Fatal(err)
		}
		if later := timeline.Operations[1]; later.Definition == nil || *later.Definition != *op.Definition || later.Held.Seen != want || later.Held.SessionID != recordtest.ID(3).String() {
			t.Errorf("session %d: %+v", n, later.Held)
		}
	}
	var d wire.Definition
	decode(t, url+"/api/v1/definitions/"+*op.Definition, &d)
	if d.Name != "rm" || len(d.Seen) != 1 || !strings.Contains(string(d.Body), "Always") {
		t.Errorf("%+v", d)
	}
	var diff wire.DefinitionDiff
	decode(t, url+"/api/v1/definitions/"+history.Versions[0].Hash+"/diff?with="+*op.Definition, &diff)
	if len(diff.Changes) != 1 || diff.Changes[0].Kind != "changed" {
		t.Errorf("%+v", diff)
	}
	var servers wire.Page[wire.Server]
	decode(t, url+"/api/v1/servers", &servers)
	if len(servers.Items) != 1 || servers.Items[0].Tools != 3 || servers.Items[0].Versions != 4 || servers.Items[0].Sessions != 6 {
		t.Errorf("%+v", servers)
	}
}

// TestWhatOneServerSaidIsFollowedToAnother also compares the two sessions.
func TestWhatOneServerSaidIsFollowedToAnother(t *testing.T) {
	c, record, _ := start(t)
	chat := []schema.Key{{Name: "threadId", Value: "a", Where: "meta"}}
	inbox := recordtest.Begin(1, func(e *schema.Event) { e.Upstream, e.Keys = "mail", chat })
	inbox.Call("tools/call", "read", `{"name":"read","arguments":{"box":"in"}}`, schema.OutcomeOK, `{"content":[{"type":"text","text":"your code is 993471"}]}`)
	bank := recordtest.Begin(2, func(e *schema.Event) { e.Upstream, e.Keys = "bank", chat })
	bank.Call("tools/call", "read", `{"name":"read","arguments":{"box":"out","code":"993471"}}`, schema.OutcomeToolError, `{"isError":true}`)
	record.Store(t, inbox.Close().Events...)
	record.Store(t, bank.Close().Events...)
	flows, err := c.Flows(t.Context(), "t-"+recordtest.ID(2).String())
	if err != nil || len(flows.Items) != 1 || !flows.Items[0].Across || flows.Items[0].From.Upstream != "mail" || flows.Items[0].Values[0].Value != "993471" {
		t.Errorf("%+v, %v", flows, err)
	}
	if flows, err := c.Flows(t.Context(), recordtest.ID(2).String()); err != nil || len(flows.Items) != 0 {
		t.Errorf("%+v, %v", flows, err)
	}
	compared, err := c.Compare(t.Context(), recordtest.ID(1).String(), recordtest.ID(2).String())
	if err != nil || compared.Same != 1 || compared.Changed != 1 || len(compared.Pairs) != 2 {
		t.Fatalf("%+v, %v", compared, err)
	}
	d := compared.Pairs[1].Differences
	if len(d) != 2 || d[0].What != "arguments" || len(d[0].Changes) != 2 || d[0].Changes[0].Path != "/box" || d[1].What != "outcome" {
		t.Errorf("%+v", d)
	}
}

func decode(t testing.TB, url string, into any) {
	t.Helper()
	response, text := get(t, url)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", url, response.Status, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
