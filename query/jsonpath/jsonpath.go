// Package jsonpath reads single values out of the JSON of payloads.
//
// The one rule: a payload is read as most peers read it. Of a name that comes twice
// the last counts, invalid UTF-8 is taken as it is, and of a text that ends in a fault
// the values that were complete before it count. Nothing here fails: what is not there
// is nil.
package jsonpath

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Paths are read together, in one pass over a payload. Not for concurrent use.
//
// It is made once and reads many payloads: decoder, values and the slice that Read returns
// are kept.
type Paths struct {
	root node
	// order has the place in values of each path that was given to New.
	order  []int
	values []jsontext.Value
	read   []jsontext.Value
	dec    *jsontext.Decoder
}

// node is a member that lies on one path or more. Its own value and those below it are
// values[own:end], so that a second member of its name replaces all of them.
type node struct {
	name string
	// wanted says that a path ends here; others only lead further.
	wanted   bool
	own, end int
	children []*node
}

// New prepares to read some paths. A path is the names of members, joined by slashes;
// the empty path is not one.
func New(paths ...string) *Paths {
	p := &Paths{dec: jsontext.NewDecoder(&bytes.Buffer{}), read: make([]jsontext.Value, len(paths))}
	nodes := make([]*node, len(paths))
	for i, path := range paths {
		n := &p.root
		for name := range strings.SplitSeq(path, "/") {
			n = n.child(name)
		}
		n.wanted, nodes[i] = true, n
	}
	p.values = make([]jsontext.Value, p.root.number(0))
	for _, n := range nodes {
		p.order = append(p.order, n.own)
	}
	return p
}

// A list and no map: few names lie side by side.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name}
	n.children = append(n.children, c)
	return c
}

// number gives the node and all below it their places, and returns the next free one.
func (n *node) number(next int) int {
	n.own = next
	n.end = next + 1
	for _, c := range n.children {
		n.end = c.number(n.end)
	}
	return n.end
}

// Read returns the values in the order of the paths, nil where there is none. They
// share the memory of the payload; the slice is valid until the next Read.
// Keep none of them beyond the payload, and clone what must last: a value of ten bytes holds
// all of a payload in memory.
func (p *Paths) Read(payload []byte) []jsontext.Value {
	clear(p.values)
	// The decoder reads from a bytes.Buffer in place, without a copy.
	p.dec.Reset(bytes.NewBuffer(payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if p.dec.PeekKind() == '{' {
		p.object(payload, &p.root)
	}
	p.dec.Reset(&bytes.Buffer{}) // keeps no payload
	for i, at := range p.order {
		p.read[i] = p.values[at]
	}
	return p.read
}

// object reads the members of an object and reports whether it is whole.
// After false the decoder is of no use for this payload: the values that were found stay.
func (p *Paths) object(payload []byte, n *node) bool {
	if _, err := p.dec.ReadToken(); err != nil {
		return false
	}
	for p.dec.PeekKind() == '"' {
		token, err := p.dec.ReadToken()
		if err != nil {
			return false
		}
		if c := n.among(token.String()); c != nil {
			if !p.member(payload, c) {
				return false
			}
		} else if p.dec.SkipValue() != nil {
			return false
		}
	}
	_, err := p.dec.ReadToken()
	return err == nil
}

func (n *node) among(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// member reads the value of a member on a path. A value with a fault in it is none:
// what an earlier member of that name held stays.
//
// The values below an earlier member of the name are cleared too: of {"a":{"b":1},"a":{}} the
// path a/b has no value, as for a peer that takes the last.
func (p *Paths) member(payload []byte, n *node) bool {
	own := p.values[n.own:n.end]
	// Only where the name came before: the copy would be an allocation for each member.
	before := own[:0:0]
	for _, v := range own {
		if v != nil {
			before = append(before, own...)
			break
		}
	}
	clear(own)
	start := p.dec.InputOffset()
	whole := true
	if len(n.children) > 0 && p.dec.PeekKind() == '{' {
		whole = p.object(payload, n)
	} else {
		whole = p.dec.SkipValue() == nil
	}
	if !whole {
		clear(own)
		copy(own, before)
		return false
	}
	if n.wanted {
		// The offset before the value lies behind the name, so colon and spaces come with it.
		p.values[n.own] = bytes.TrimLeft(payload[start:p.dec.InputOffset()], ": \t\r\n")
	}
	return true
}

// Get returns the value at one path, nil for none. It shares the memory of the payload.
// Each call prepares the path anew; for many payloads keep a [Paths].
func Get(payload []byte, path string) jsontext.Value { return New(path).Read(payload)[0] }

// Members visits the members of an object in their order. What is no whole object has
// those that come before its fault. The values share the memory of the object.
// A name that comes twice is visited twice; which of them counts is for the caller.
func Members(object []byte, visit func(name string, value jsontext.Value)) {
	dec := decoder(object)
	if dec.PeekKind() != '{' {
		return
	}
	if _, err := dec.ReadToken(); err != nil {
		return
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		name := token.String()
		value, ok := next(dec, object)
		if !ok {
			return
		}
		visit(name, value)
	}
}

// Elements returns the elements of an array, those before its fault where it has one.
// They share the memory of the array.
func Elements(array []byte) (elements []jsontext.Value) {
	dec := decoder(array)
	if dec.PeekKind() != '[' {
		return nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil
	}
	for dec.PeekKind() != ']' {
		element, ok := next(dec, array)
		if !ok {
			break
		}
		elements = append(elements, element)
	}
	return elements
}

// Scalars visits the strings and numbers of a payload that are no names of members,
// with their JSON pointers. What is cut off has those before the cut.
// A payload may hold several values one after the other; true, false and null are not
// visited. Numbers are given as they were written.
func Scalars(payload []byte, visit func(pointer, text string)) {
	dec := decoder(payload)
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		kind := token.Kind()
		if kind != '"' && kind != '0' {
			continue
		}
		if in, n := dec.StackIndex(dec.StackDepth()); in == '{' && n%2 == 1 {
			continue // a name
		}
		visit(string(dec.StackPointer()), token.String())
	}
}

// Text returns a JSON string's text, empty for another value.
func Text(value jsontext.Value) string {
	if value.Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return ""
	}
	return string(text)
}

// Prefix returns at most the first n bytes of a JSON string's text, empty for another
// value. It keeps no more than these.
// The cut may fall within a character.
func Prefix(value jsontext.Value, n int) string {
	text := Text(value)
	if len(text) <= n {
		return text
	}
	return strings.Clone(text[:n])
}

// Integer returns a JSON integer, 0 for another value.
// 1.0 and 1e3 are not integers here, nor is what does not fit in 64 bits.
func Integer(value jsontext.Value) int64 {
	n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func decoder(value []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// next reads a value as a part of source: the decoder's own is valid only until it
// reads on.
func next(dec *jsontext.Decoder, source []byte) (jsontext.Value, bool) {
	v, err := dec.ReadValue()
	if err != nil {
		return nil, false
	}
	end := dec.InputOffset()
	return source[end-int64(len(v)) : end : end], true
}
