package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/schema"
)

func TestTwoRunsAreAlignedByWhatTheyAsk(t *testing.T) {
	run := func(calls ...string) []query.Operation {
		var ops []query.Operation
		for _, c := range calls {
			target, arguments, _ := strings.Cut(c, ":")
			arguments, outcome, failed := strings.Cut(arguments, "!")
			if !failed {
				outcome = "ok"
			}
			ops = append(ops, query.Operation{Method: "tools/call", Target: target, Arguments: arguments, Outcome: schema.Outcome(outcome), Direction: schema.ClientToServer})
		}
		return ops
	}
	for _, c := range []struct {
		a, b []query.Operation
		want string
	}{
		{run("ls:1", "cat:2"), run("ls:1", "cat:2"), "0=0 1=1"},
		{run("ls:1", "cat:2", "rm:3"), run("ls:1", "rm:3"), "0=0 1- 2=1"},
		{run("ls:1", "rm:3"), run("ls:1", "cat:2", "rm:3"), "0=0 -1 1=2"},
		{run("cat:1", "cat:2"), run("cat:2"), "0- 1=0"},
		{run("cat:1"), run("cat:2"), "0=0(arguments)"},
		{run("cat:1", "ls:9", "rm:5"), run("cat:1!tool_error", "mv:9", "rm:6"), "0=0(outcome) 1- -1 2=2(arguments)"},
		{run("a:1", "b:1", "c:1"), run("c:1", "a:1", "b:1"), "-0 0=1 1=2 2-"},
		{nil, run("a:1"), "-0"},
		{nil, nil, ""},
	} {
		var got []string
		for _, p := range compare.Align(c.a, c.b) {
			text := fmt.Sprintf("%d=%d", p.A, p.B)
			if p.A < 0 {
				text = fmt.Sprintf("-%d", p.B)
			} else if p.B < 0 {
				text = fmt.Sprintf("%d-", p.A)
			}
			var what []string
			for _, d := range p.Differences {
				what = append(what, d.What)
			}
			if len(what) > 0 {
				text += "(" + strings.Join(what, ",") + ")"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("got %s, want %s", text, c.want)
		}
	}
}

func TestChangesAreNamedByTheirPlace(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{`{"a":1,"b":[1,{"c":"x"}]}`, `{ "b":[1,{"c":"y"},3] }`, "removed /a, changed /b/1/c, added /b/2"},
		{`{"a/b":{"~":1}}`, `{"a/b":{"~":2}}`, "changed /a~1b/~0"},
		{`9007199254740993`, `9007199254740992`, "changed "},
		{`"\u0061"`, `"a"`, ""},
		{`{}`, `[]`, "changed "},
		{``, `1`, "added "},
	} {
		var got []string
		for _, change := range compare.Changes([]byte(c.a), []byte(c.b)) {
			got = append(got, change.Kind+" "+change.Path)
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s to %s: %s, want %s", c.a, c.b, text, c.want)
		}
	}
}
