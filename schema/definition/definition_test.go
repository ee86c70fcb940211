package definition

import (
	"errors"
	"testing"
)

func TestTheAddressFollowsFromWhatIsSaid(t *testing.T) {
	parse := func(tool string) Definition {
		t.Helper()
		l, err := Parse("tools/list", []byte(`{"jsonrpc":"2.0","id":1,"result":{"tools":[`+tool+`]}}`))
		if err != nil || len(l.Definitions) != 1 {
			t.Fatalf("%s: %v, %d definitions", tool, err, len(l.Definitions))
		}
		return l.Definitions[0]
	}
	a := parse(`{"name":"rm","description":"Remove","inputSchema":{"maximum":9007199254740993}}`)
	if a.Name != "rm" || a.Kind != Tool || string(a.Body) != `{"description":"Remove","inputSchema":{"maximum":9007199254740993},"name":"rm"}` {
		t.Errorf("%s %s %s", a.Name, a.Kind, a.Body)
	}
	for tool, same := range map[string]bool{
		"{ \"inputSchema\" : {\"maximum\":9007199254740993},\n\"description\":\"Remove\",\"name\":\"rm\"}": true,
		`{"name":"rm","description":"\u0052emove","inputSchema":{"maximum":9007199254740993}}`:             true,
		`{"name":"rm","description":"Remove","inputSchema":{"maximum":9007199254740992}}`:                  false,
		`{"name":"rm","description":"Remove ","inputSchema":{"maximum":9007199254740993}}`:                 false,
	} {
		if got := parse(tool).Hash == a.Hash; got != same {
			t.Errorf("%s: the same address: %v", tool, got)
		}
	}
	if h, err := ParseAddress(Address(a.Hash)); err != nil || h != a.Hash {
		t.Errorf("%v, %v", h, err)
	}
	for _, bad := range []string{"", "sha256:", "sha256:zz", "md5:" + Address(a.Hash)[7:], Address(a.Hash) + "00"} {
		if _, err := ParseAddress(bad); err == nil {
			t.Errorf("%q is taken for an address", bad)
		}
	}
}

func TestAListSaysHowLongItMayBeKept(t *testing.T) {
	l, err := Parse("resources/templates/list", []byte(`{"result":{"resourceTemplates":[{"uriTemplate":"f:///{x}"},{"name":"no"},7],"nextCursor":"2","ttlMs":60000,"cacheScope":"public"}}`))
	if err != nil || !l.Next || l.TTL != 60000 || l.Scope != "public" || len(l.Definitions) != 1 || l.Definitions[0].Name != "f:///{x}" {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := Parse("prompts/list", []byte(`{"result":{"prompts":[]}}`)); err != nil || l.Next || l.TTL >= 0 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, payload := range []string{"", "[]", `{"error":{"code":1}}`, `{"result":{"tools":{}}}`, `{"result":{"tools":[{"name":"a"}`, `"[withheld]"`} {
		if _, err := Parse("tools/list", []byte(payload)); !errors.Is(err, ErrNoList) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}
