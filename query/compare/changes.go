package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
)

// MaxChanges bounds the changes that are listed: two values with more have nothing in
// common that a list would show.
const MaxChanges = 200

// Changes lists what is different in b, members by name and elements of arrays by index.
// Numbers are compared as they are written: 2^53 and 2^53+1 are one float. Bytes that are
// no JSON are one value.
func Changes(a, b []byte) []query.Change {
	changes := []query.Change{}
	differ("", jsontext.Value(bytes.TrimSpace(a)), jsontext.Value(bytes.TrimSpace(b)), &changes, 0)
	return changes
}

// differ appends the changes from a to b at a path. Below deepest two values differ as a
// whole: the recursion is on what a peer sent.
func differ(path string, a, b jsontext.Value, changes *[]query.Change, depth int) {
	const deepest = 64
	// Enough changes are an answer. Equal bytes, as most members are, need no parsing.
	if len(*changes) >= MaxChanges || bytes.Equal(a, b) {
		return
	}
	kind := "changed"
	switch {
	// No bytes are no value: a member or an element that only one of them has.
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
		// By index: an element that is put in front changes all behind it. Aligning them would cost
		// the product of the lengths, of what a peer sent.
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
	// Two spellings of one string, as \u00e9 and é.
	case a.Kind() == '"' && b.Kind() == '"' && jsonpath.Text(a) == jsonpath.Text(b):
		return
	}
	*changes = append(*changes, query.Change{Path: path, Kind: kind, Before: raw(a), After: raw(b)})
}

// raw is a value that can stand in JSON. Bytes that are no JSON become a string.
func raw(v jsontext.Value) json.RawMessage {
	if len(v) == 0 || json.Valid(v) {
		return json.RawMessage(v)
	}
	text, _ := json.Marshal(string(v)) // a string always has a JSON form
	return text
}

// membersOf reads the members of an object; of a name that is there twice the last counts,
// as most parsers have it.
func membersOf(v jsontext.Value) map[string]jsontext.Value {
	members := map[string]jsontext.Value{}
	jsonpath.Members(v, func(name string, value jsontext.Value) { members[name] = bytes.Clone(value) })
	return members
}

// namesOf are the names of both, sorted, so that a list of changes is stable.
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
