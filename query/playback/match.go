package playback

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
)

// anyParams are the methods whose params no match depends on: every client sends its own,
// and the answer is the same.
var anyParams = map[string]bool{"initialize": true, "server/discover": true, "ping": true}

// match finds the recorded message for a method and params: the first that was not used
// yet, else the last one used. The caller holds the lock that guards used.
func (r *Recording) match(used map[*clientMessage]bool, method string, params json.RawMessage) *clientMessage {
	var found *clientMessage
	for _, a := range r.messages {
		if a.method != method || !anyParams[method] && len(differences(a, params)) > 0 {
			continue
		}
		// In the recorded order: the second of two equal calls gets the second answer. When all
		// were used the last one is played again, as clients repeat what they already know.
		if found = a; !used[a] {
			break
		}
	}
	return found
}

// differences between recorded params and those of the client now, less _meta, which
// differs in every message, and what redaction removed from the record.
func differences(a *clientMessage, params json.RawMessage) []query.Change {
	return slices.DeleteFunc(compare.Changes(object(a.params), object(params)), func(c query.Change) bool {
		// Pointers of redactions are into the whole message, those of changes into the params.
		path := "/params" + c.Path
		return within(c.Path, "/_meta") || slices.ContainsFunc(a.cut, func(cut string) bool { return within(path, cut) })
	})
}

// within reports whether a JSON pointer is another one or below it.
func within(path, of string) bool { return path == of || strings.HasPrefix(path, of+"/") }

// object returns params, an empty object for none.
func object(params json.RawMessage) []byte {
	if s := strings.TrimSpace(string(params)); s == "" || s == "null" {
		return []byte("{}")
	}
	return params
}

// unmatched is the error for a request that was not recorded. It names the nearest one,
// by the number of differences and the target.
func (r *Recording) unmatched(method string, params json.RawMessage) failure {
	var nearest *clientMessage
	var differ []query.Change
	target := targetOf(params)
	best := 0
	for _, a := range r.messages {
		if a.method != method || a.answer == nil {
			continue
		}
		d := differences(a, params)
		// A difference weighs more than another target, which is among the differences itself: the
		// half point only decides between equals.
		distance := 2 * len(d)
		if a.target != target {
			distance++
		}
		if nearest == nil || distance < best {
			nearest, differ, best = a, d, distance
		}
	}
	if nearest == nil {
		var methods []string
		for _, a := range r.messages {
			if a.answer != nil && !slices.Contains(methods, a.method) {
				methods = append(methods, a.method)
			}
		}
		return failure{Code: codeUnmatched, Data: &failureData{Recorded: methods},
			Message: fmt.Sprintf("This is a recording, and no %.100q was asked in it.", method)}
	}
	const shown = 20
	// Bounded, since the params of a client may differ in any number of places.
	data := &failureData{Nearest: &nearestCall{Seq: nearest.seq, Method: nearest.method, Target: nearest.target, Differences: differ[:min(len(differ), shown)]}}
	var where []string
	for _, d := range data.Nearest.Differences {
		where = append(where, d.Path)
	}
	const named = 3
	text := strings.Join(where[:min(len(where), named)], ", ")
	if len(where) > named {
		text += ", …"
	}
	return failure{Code: codeUnmatched, Data: data, Message: fmt.Sprintf(
		"This is a recording, and this call is not in it. The nearest is event %d, %s, which differs at %s.", nearest.seq, strings.TrimSpace(nearest.method+" "+nearest.target), text)}
}

// targetOf is the tool, prompt or resource that params name, empty for none.
func targetOf(params json.RawMessage) string {
	var p struct{ Name, URI string }
	_ = json.Unmarshal(params, &p) // none is no target
	if p.Name != "" {
		return p.Name
	}
	return p.URI
}

// Codes of errors that are of the playback and not of the record.
const (
	codeUnmatched  = -32004
	codeNoAnswer   = -32005
	codeParse      = -32700
	codeBadRequest = -32600
)

// failure is a JSON-RPC error.
type failure struct {
	Code    int          `json:"code"`
	Message string       `json:"message"`
	Data    *failureData `json:"data,omitempty"`
}

type failureData struct {
	// Nearest recorded call, nil where none has the method.
	Nearest *nearestCall `json:"nearest,omitempty"`
	// Recorded methods, where none fits.
	Recorded []string `json:"recorded,omitempty"`
}

type nearestCall struct {
	Seq         uint64         `json:"seq"`
	Method      string         `json:"method"`
	Target      string         `json:"target"`
	Differences []query.Change `json:"differences"`
}
