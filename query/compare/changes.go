package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
)

// MaxChanges bounds how many changes are listed; two values with more are other
// values.
const MaxChanges = 200

// Changes lists what is different in b. Elements of arrays are compared place by
// place. Numbers are compared as they are written.
func Changes(a, b []byte) []query.Change {
	changes := []query.Change{}
	differ("", jsontext.Value(bytes.TrimSpace(a)), jsontext.Value(bytes.TrimSpace(b)), &changes, 0)
	return changes
}

func differ(path string, a, b jsontext.Value, changes *[]query.Change, depth int) {
	const deepest = 64
	if len(*changes) >= MaxChanges || bytes.Equal(a, b) {
		return
	}
	kind := "changed"
	switch {
	case len(a) == 0:
		kind = "added"
	case len(b) == 0:
		kind = "removed"
	case depth < deepest && a.Kind() == '{' && b.Kind() == '{':
		x, y := membersOf(a), membersOf(b)
		for _, name := range namesOf(x, y) {
			differ(path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), x[name], y[name], changes, depth+1)
		}
		return
	case depth < deepest && a.Kind() == '[' && b.Kind() == '[':
		x, y := jsonpath.Elements(a), jsonpath.Elements(b)
		for i := range max(len(x), len(y)) {
			var before, after jsontext.Value
			if i < len(x) {
				before = x[i]
			}
			if i < len(y) {
				after = y[i]
			}
			differ(fmt.Sprintf("%s/%d", path, i), before, after, changes, depth+1)
		}
		return
	case a.Kind() == '"' && b.Kind() == '"' && jsonpath.Text(a) == jsonpath.Text(b):
		return
	}
	*changes = append(*changes, query.Change{Path: path, Kind: kind, Before: raw(a), After: raw(b)})
}

// raw is a value that can be sent; what is no JSON is sent as its text.
func raw(v jsontext.Value) json.RawMessage {
	if len(v) == 0 || json.Valid(v) {
		return json.RawMessage(v)
	}
	text, _ := json.Marshal(string(v)) // a string always has a JSON form
	return text
}

func membersOf(v jsontext.Value) map[string]jsontext.Value {
	members := map[string]jsontext.Value{}
	jsonpath.Members(v, func(name string, value jsontext.Value) { members[name] = bytes.Clone(value) })
	return members
}

func namesOf(a, b map[string]jsontext.Value) (names []string) {
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Similarity of two definitions by the words of all they say but their name, from 0
// to 1: the share of word pairs that both have. A renamed tool keeps its description
// and its parameters.
func Similarity(a, b []byte) float64 {
	x, y := wordPairs(a), wordPairs(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	both := 0
	for pair := range x {
		if y[pair] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

// Renamed is the similarity from which on two definitions count as one with two names.
const Renamed = 0.6

func wordPairs(definition []byte) map[[2]string]bool {
	pairs := map[[2]string]bool{}
	jsonpath.Members(definition, func(name string, value jsontext.Value) {
		switch name {
		case "name", "title", "uri", "uriTemplate":
			return
		}
		words := strings.FieldsFunc(strings.ToLower(name+" "+string(value)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for i := 1; i < len(words); i++ {
			pairs[[2]string{words[i-1], words[i]}] = true
		}
	})
	return pairs
}
