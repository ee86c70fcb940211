package jsonpath_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/query/jsonpath"
)

func TestPathsAreReadTogether(t *testing.T) {
	paths := jsonpath.New("params/arguments", "params/mode", "id", "params", "params/arguments/a")
	for payload, want := range map[string][]string{
		`{"id" : 1, "params": {"mode":"url", "arguments" :{"a": [2]} } }`: {`{"a": [2]}`, `"url"`, `1`, `{"mode":"url", "arguments" :{"a": [2]} }`, `[2]`},
		`{"params":7}`:                             {``, ``, ``, `7`, ``},
		`{"params":{"mode":1,"mode":2}}`:           {``, `2`, ``, `{"mode":1,"mode":2}`, ``},
		`{"params":{"mode":1},"params":3}`:         {``, ``, ``, `3`, ``},
		`{"params":{"mode":1},"params":{}`:         {``, ``, ``, `{}`, ``},
		`{"id":1,"id":[`:                           {``, ``, `1`, ``, ``},
		`{"params":{"mode":1},"params":{"mode":2,`: {``, `1`, ``, `{"mode":1}`, ``},
		`{"params":{"mode":1`:                      {``, ``, ``, ``, ``},
		`{"par\u0061ms":{"mode":null}}`:            {``, `null`, ``, `{"mode":null}`, ``},
		`[]`:                                       {``, ``, ``, ``, ``},
		``:                                         {``, ``, ``, ``, ``},
	} {
		var got []string
		for _, v := range paths.Read([]byte(payload)) {
			got = append(got, string(v))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", payload, got, want)
		}
	}
}

// FuzzPathsAgreeWithOneComponentAtATime holds the one pass against the plain way:
// find a member, then a member of that.
func FuzzPathsAgreeWithOneComponentAtATime(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":{"c":1}}}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"b":1},"a":{"b":2`, `{"a":[{"b":1}],"b":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":{"b":{}},"a":`} {
		f.Add([]byte(seed))
	}
	all := []string{"a", "a/b", "a/b/c", "b", "c/a", "a/c"}
	f.Fuzz(func(t *testing.T, payload []byte) {
		got := jsonpath.New(all...).Read(payload)
		for i, path := range all {
			want := jsontext.Value(payload)
			for name := range strings.SplitSeq(path, "/") {
				var found jsontext.Value
				jsonpath.Members(want, func(n string, v jsontext.Value) {
					if n == name {
						found = v
					}
				})
				if want = found; found == nil {
					break
				}
			}
			if !bytes.Equal(got[i], want) || (got[i] == nil) != (want == nil) {
				t.Errorf("%s in %q: got %q, want %q", path, payload, got[i], want)
			}
		}
	})
}

func TestScalarsHaveTheirPlaces(t *testing.T) {
	var got []string
	jsonpath.Scalars([]byte(`{"a":["x",1,{"b/c":"y"}],"d":tru`), func(pointer, text string) { got = append(got, pointer+"="+text) })
	if want := []string{"/a/0=x", "/a/1=1", "/a/2/b~1c=y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestElementsBeforeAFault(t *testing.T) {
	var got []string
	for _, v := range jsonpath.Elements([]byte(` [1, "a" ,{"b":2},[`)) {
		got = append(got, string(v))
	}
	if want := []string{"1", `"a"`, `{"b":2}`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
