package trail

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mcptrail/mcptrail/query"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// anyInput draws sessions, keys and edits from pools so small that they collide.
func anyInput(t *rapid.T) Input {
	pick := func(name string, words ...string) string { return rapid.SampledFrom(words).Draw(t, name) }
	var r Input
	for n := range rapid.IntRange(1, 8).Draw(t, "sessions") {
		s := Session{ID: fmt.Sprintf("s%d", n), Upstream: pick("upstream", "files", "mail"), Client: query.Peer{Name: pick("client", "a", "b")}}
		s.Started = start.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "start")) * time.Minute)
		s.Ended = s.Started.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "length")) * time.Minute)
		r.Sessions = append(r.Sessions, s)
		actor := pick("actor", "ada", "bob", "@10.0.0.1", "")
		if actor != "" {
			r.Keys = append(r.Keys, Key{Session: s.ID, Name: AgentKey, Actor: actor, First: s.Started, Last: s.Ended})
		}
		for k := range rapid.IntRange(0, 3).Draw(t, "keys") {
			r.Keys = append(r.Keys, Key{Session: s.ID, Name: pick("key", "threadId", "session.id", "trace_id", "Mcp-Session-Id", "unknown"),
				Value: pick("value", "1", "2", "3"), Place: "meta", Actor: actor, FirstSeq: uint64(k), First: s.Started.Add(time.Duration(k)), Last: s.Ended})
		}
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "edits") {
		pickID := func() string { return r.Sessions[rapid.IntRange(0, len(r.Sessions)-1).Draw(t, "member")].ID }
		e := Edit{ID: fmt.Sprint("e", n), Time: start.Add(time.Duration(n) * time.Hour), Action: pick("action", Merge, Split, Name, Undo), Members: []string{pickID(), pickID()}}
		switch e.Action {
		case Split:
			e.Members, e.Others = e.Members[:1], []string{pickID()}
			if e.Others[0] == e.Members[0] {
				e.Others = nil
			}
		case Undo:
			e.Undoes = fmt.Sprint("e", rapid.IntRange(0, 2).Draw(t, "undone"))
		}
		r.Edits = append(r.Edits, e)
	}
	return r
}

func TestTheOrderOfTheInputChangesNothing(t *testing.T) {
	rules := DefaultRules()
	rapid.Check(t, func(t *rapid.T) {
		r := anyInput(t)
		first, _ := json.Marshal(rules.Trails(r))
		r.Sessions = rapid.Permutation(r.Sessions).Draw(t, "sessions in another order")
		r.Keys = rapid.Permutation(r.Keys).Draw(t, "keys in another order")
		r.Edits = rapid.Permutation(r.Edits).Draw(t, "edits in another order")
		if second, _ := json.Marshal(rules.Trails(r)); string(first) != string(second) {
			t.Fatalf("first\n%s\nthen\n%s", first, second)
		}
	})
}

// TestAKeyNeverJoinsTwoPrincipals holds the rule of the package against any record,
// and every session against being lost or in two trails as a whole.
func TestAKeyNeverJoinsTwoPrincipals(t *testing.T) {
	rules := DefaultRules()
	rapid.Check(t, func(t *rapid.T) {
		r := anyInput(t)
		actor := map[string]string{}
		for _, k := range r.Keys {
			actor[k.Session] = k.Actor
		}
		seen := map[string]int{}
		for _, found := range rules.Trails(r) {
			for _, m := range found.Members {
				seen[m.ID]++
			}
			for _, j := range found.Joins {
				if j.Rule != "manual" && actor[SessionOf(j.A)] != actor[SessionOf(j.B)] {
					t.Fatalf("%s joins %s of %q and %s of %q", j.Rule, j.A, actor[j.A], j.B, actor[j.B])
				}
				if j.Why == "" || j.Confidence == "" || j.Key != "" && (j.EvidenceA == nil || j.EvidenceB == nil) {
					t.Fatalf("a join without a reason: %+v", j)
				}
			}
		}
		for _, s := range r.Sessions {
			n := 0
			for id := range seen {
				if id == s.ID || strings.HasPrefix(id, s.ID+".") {
					n++
				}
			}
			if n == 0 || seen[s.ID] > 1 {
				t.Fatalf("session %s is in %d members", s.ID, n)
			}
		}
		for _, e := range standing(r.Edits) {
			if e.Action != Split || len(e.Others) == 0 || merged(r.Edits, e) {
				continue
			}
			for _, found := range rules.Trails(r) {
				is := func(ids []string) bool {
					return slices.ContainsFunc(found.Members, func(m Member) bool { return slices.Contains(ids, m.ID) })
				}
				if is(e.Members) && is(e.Others) {
					t.Fatalf("%v and %v were split", e.Members, e.Others)
				}
			}
		}
	})
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	for _, text := range []string{"keys: [{key: a}]", "keys: [{key: a, scope: holder, confidence: sure, most: 5}]", "keys: [{key: a, scope: world, confidence: exact, most: 5}]",
		"keys: [{key: a, scope: holder, confidence: exact, most: 1}]", "times: [{rule: a, confidence: exact}]", "keyz: []",
		"keys: [{key: a, scope: holder, confidence: exact, most: 5}, {key: a, scope: holder, confidence: exact, most: 5}]"} {
		if _, err := ParseRules(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
