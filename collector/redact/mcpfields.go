package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
)

// mcpField is where in an MCP message a value stands, as far as it matters here.
type mcpField uint8

const (
	elsewhere mcpField = iota
	root
	params
	result
	// state is what a server asks to have echoed, always cut.
	state
	// responses are the answers by name that a retry brings.
	responses
	// response is one answer; answer is what a person entered, always cut.
	response
	elicited
	answer
	// requests are the elicitations of a server by name; asked is one; asking its params.
	requests
	asked
	asking
	// elicitations are the addresses to visit that an error names.
	elicitations
	visit
	// address is a URL that may carry a one-time token, always cut.
	address
)

// enter returns the field for the members of an object that stands at p.
func (w *walk) enter(p mcpField) mcpField {
	switch p {
	case params:
		if w.in.Method == "elicitation/create" {
			return asking
		}
	case result:
		// A client's answer with an action is an elicitation's, whether or not it was
		// paired with its request.
		if w.in.Direction != schema.ServerToClient || w.in.Method == "elicitation/create" {
			if w.hasAction() {
				return elicited
			}
		}
	case response:
		if w.hasAction() {
			return elicited
		}
	}
	return p
}

// member returns the field of the member with this name in an object at p.
func (p mcpField) member(name []byte) mcpField {
	switch p {
	case root:
		switch string(name) {
		case "params":
			return params
		case "result":
			return result
		}
	case answer:
		return answer
	case responses:
		return response
	case requests:
		return asked
	case elicited:
		if string(name) == "content" {
			return answer
		}
	case asked:
		if string(name) == "params" {
			return asking
		}
	case asking, visit:
		if string(name) == "url" {
			return address
		}
	}
	switch string(name) {
	case "inputResponses":
		return responses
	case "inputRequests":
		return requests
	case "requestState":
		return state
	case "elicitations":
		return elicitations
	}
	return elsewhere
}

// element returns the field of the elements of an array at p.
func (p mcpField) element() mcpField {
	switch p {
	case root, answer:
		return p // a batch is as many messages
	case elicitations:
		return visit
	}
	return elsewhere
}

// hasAction reports whether the object at hand has a member named action.
func (w *walk) hasAction() bool {
	at := w.pos
	defer func() { w.budget.Spend(w.pos - at); w.pos = at }()
	depth := 0
	for w.pos < len(w.data) {
		switch w.data[w.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return false
			}
		case '"':
			from, to, _ := w.quoted()
			if w.space(); depth == 1 && w.pos < len(w.data) && w.data[w.pos] == ':' && bytes.EqualFold(w.decode(from, to), []byte("action")) {
				return true
			}
			continue
		}
		w.pos++
	}
	return true // truncated: assume so, cutting too much rather than too little
}
