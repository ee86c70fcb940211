package rebuild_test

import (
	"reflect"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

func cut(rules ...string) func(*schema.Event) {
	return func(e *schema.Event) {
		for _, rule := range rules {
			e.Redactions = append(e.Redactions, schema.Redaction{Rule: rule, Length: 10})
		}
	}
}

func TestCutsAreSummedUpWhereTheyHappened(t *testing.T) {
	stderr := func() *schema.Event {
		return &schema.Event{Kind: schema.KindStderr, Direction: s2c, Redactions: []schema.Redaction{{Rule: "jwt", Length: 7}}}
	}
	end := &schema.Event{Kind: schema.KindClose, Payload: []byte(`{"reason":"exit","left_out":[{"rule":"capture.default","policy":"ab","messages":3,"bytes":70}]}`)}
	events := recorded(open(), ask(c2s, "n:1", "tools/call", cut("name", "github")), answer(s2c, "n:1", "ok", cut("github")),
		ask(c2s, "n:2", "ping"), answer(s2c, "n:2", "ok"), stderr(), stderr(), end)
	b := rebuild.NewBuilder()
	for _, e := range events[:6] {
		if err := b.Add(hashed(e)); err != nil {
			t.Fatal(err)
		}
	}
	before := b.Timeline()
	for _, e := range events[6:] {
		if err := b.Add(hashed(e)); err != nil {
			t.Fatal(err)
		}
	}
	tl := b.Timeline()
	if want := (query.Cuts{{Rule: "name", Count: 1, Length: 10}, {Rule: "github", Count: 2, Length: 20}}); !reflect.DeepEqual(tl.Operations[0].Redactions, want) || tl.Operations[1].Redactions != nil {
		t.Errorf("operations have %+v, %+v", tl.Operations[0].Redactions, tl.Operations[1].Redactions)
	}
	if one, two := before.Facts[1].Redactions, tl.Facts[1].Redactions; !reflect.DeepEqual(one, query.Cuts{{Rule: "jwt", Count: 1, Length: 7}}) || !reflect.DeepEqual(two, query.Cuts{{Rule: "jwt", Count: 2, Length: 14}}) {
		t.Errorf("the run on stderr has %+v, and later %+v", one, two)
	}
	if want := []query.Excluded{{Rule: "capture.default", Policy: "ab", Messages: 3, Bytes: 70}}; !reflect.DeepEqual(tl.Excluded, want) || len(before.Excluded) != 0 || !tl.Session.Complete {
		t.Errorf("left out %+v, complete %v", tl.Excluded, tl.Session.Complete)
	}
	// What a peer writes states nothing.
	end.Direction = s2c
	if tl := rebuilt(t, recorded(open(), end)); len(tl.Excluded) != 0 {
		t.Errorf("left out %+v", tl.Excluded)
	}
}
