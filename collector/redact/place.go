package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
)

// place is where in an MCP message a value stands, as far as it matters here.
type place uint8

const (
	elsewhere place = iota
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
	// requests are what a server asks for by name; asked is one; asking its params.
	requests
	asked
	asking
	// elicitations are the addresses to visit that an error names.
	elicitations
	visit
	// address is a URL that may carry a one-time token, always cut.
	address
)

// enter returns the place for the members of an object that stands at p.
func (w *walk) enter(p place) place {
	switch p {
	case params:
		if w.in.Method == "elicitation/create" {
			return asking
		}
	case result:
		// A client's answer with an action is an elicitation's, whoever pairs it.
		if w.in.Direction != schema.ServerToClient || w.in.Method == "elicitation/create" {
			if w.acts() {
				return elicited
			}
		}
	case response:
		if w.acts() {
			return elicited
		}
	}
	return p
}

// member returns the place of the member with this name in an object at p.
func (p place) member(name []byte) place {
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

// element returns the place of the elements of an array at p.
func (p place) element() place {
	switch p {
	case root, answer:
		return p // a batch is as many messages
	case elicitations:
		return visit
	}
	return elsewhere
}

// acts reports whether the object at hand has a member named action.
func (w *walk) acts() bool {
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
	return true // cut off: rather too much
}

// cutAddress leaves of a URL what tells where it leads, and cuts what can be a
// token: everything after the host.
func (w *walk) cutAddress(from, to int) {
	raw := w.data[from:to]
	host := 0
	if i := bytes.Index(raw, []byte("//")); i >= 0 {
		host = i + 2
		if n := bytes.IndexAny(raw[host:], "/?#\\"); n >= 0 {
			host += n + 1
		} else {
			host = len(raw)
		}
	}
	if bytes.IndexByte(raw[:host], '@') >= 0 {
		host = 0
	}
	if rest := raw[host:]; len(rest) > 0 {
		w.addCut(from+host, to, "elicitation-url", rest)
	}
}
