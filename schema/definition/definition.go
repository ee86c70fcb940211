// Package definition reads what servers offer out of their list answers, and
// gives each definition its content address.
//
// The one rule: the address follows from what the definition says and from nothing
// else, so that the same tool has the same address whoever was shown it, and no
// number or text of it is changed on the way.
package definition

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/schema"
)

// Kind is what sort of thing is defined.
// The words are stored and part of the API.
type Kind string

const (
	Tool             Kind = "tool"
	Prompt           Kind = "prompt"
	Resource         Kind = "resource"
	ResourceTemplate Kind = "resource_template"
)

// Definition is one tool, prompt, resource or template as a server described it.
type Definition struct {
	Kind Kind
	// Name is what a client calls it by: the name, the URI or the URI template.
	Name string
	// Hash is the SHA-256 of Body.
	Hash schema.Hash
	// Body is the definition as JSON without spaces, members in the order of their
	// names, numbers and texts as they were sent.
	Body []byte
}

// List is one answer to a list request: one page.
// Time to live and scope say how long, and for whom, a definition may be taken from a
// client's cache: a call can be made under a list that another session was given.
type List struct {
	Kind        Kind
	Definitions []Definition
	// Next says that more pages follow.
	Next bool
	// TTL is how long a client may keep the answer, in milliseconds; negative where
	// the answer does not say.
	TTL int64
	// Scope is the answer's cacheScope: public, private or empty.
	Scope string
}

// MaxDefinitions bounds what is read of one answer.
// What comes behind is read, since the answer must be whole JSON, and not kept.
const MaxDefinitions = 4096

// ErrNoList says that the payload is no whole list answer: it was withheld, cut or
// is an error, and what the server offered is not known from it.
var ErrNoList = errors.New("no list answer")

// lists are the methods whose answers hold definitions: the kind, the member that
// holds them, and the member that names each.
var lists = map[string]struct {
	kind          Kind
	member, named string
}{
	"tools/list":               {Tool, "tools", "name"},
	"prompts/list":             {Prompt, "prompts", "name"},
	"resources/list":           {Resource, "resources", "uri"},
	"resources/templates/list": {ResourceTemplate, "resourceTemplates", "uriTemplate"},
}

// KindOf returns what answers to the method define, empty for no definitions.
func KindOf(method string) Kind { return lists[method].kind }

// Parse reads the answer to a list request with that method.
// The payload is not changed and not kept. Any fault in it, and an answer without the
// member, is [ErrNoList]: half a list would look like one from which tools were removed.
func Parse(method string, payload []byte) (List, error) {
	from, ok := lists[method]
	if !ok {
		return List{}, fmt.Errorf("%w: %s", ErrNoList, method)
	}
	list := List{Kind: from.kind, TTL: -1}
	found := false
	err := members(payload, func(name string, dec *jsontext.Decoder) error {
		if name != "result" {
			return dec.SkipValue()
		}
		return within(dec, func(name string, dec *jsontext.Decoder) error {
			switch {
			case name == from.member && dec.PeekKind() == '[':
				found = true
				return list.read(dec, from.named)
			// Its value is skipped below: only that there is one counts.
			case name == "nextCursor" && dec.PeekKind() == '"':
				list.Next = true
			case name == "ttlMs" && dec.PeekKind() == '0':
				token, err := dec.ReadToken()
				if err != nil {
					return err
				}
				if ttl, err := token.Int(); err == nil && ttl >= 0 {
					list.TTL = ttl
				}
				return nil
			case name == "cacheScope" && dec.PeekKind() == '"':
				token, err := dec.ReadToken()
				if err == nil {
					list.Scope = token.String()
				}
				return err
			}
			return dec.SkipValue()
		})
	})
	if err != nil || !found {
		return List{}, ErrNoList
	}
	return list, nil
}

// read takes the definitions of an array. What has no name can be called by nobody.
func (l *List) read(dec *jsontext.Decoder, named string) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if len(l.Definitions) < MaxDefinitions {
			if d, ok := define(l.Kind, named, value); ok {
				l.Definitions = append(l.Definitions, d)
			}
		}
	}
	_, err := dec.ReadToken()
	return err
}

// define copies what it keeps: value is the decoder's own memory until the next read.
func define(kind Kind, named string, value jsontext.Value) (Definition, bool) {
	d := Definition{Kind: kind, Name: text(value, named)}
	if d.Name == "" || len(d.Name) > schema.MaxText {
		return d, false
	}
	d.Body = canonical(value)
	d.Hash = sha256.Sum256(d.Body)
	return d, true
}

// canonical orders the members and takes the spaces out. Numbers stay as they were
// written: RFC 8785 would change 2^53+1.
func canonical(value jsontext.Value) []byte {
	v := value.Clone()
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false), jsontext.AllowInvalidUTF8(true)); err != nil {
		return value.Clone() // a name comes twice: the bytes are what it says
	}
	return v
}

// Digest is the content address of any JSON value, made as that of a definition is.
// Bytes that are no JSON are hashed as they are.
func Digest(value []byte) schema.Hash {
	return sha256.Sum256(canonical(bytes.TrimSpace(value)))
}

// text returns the last member with that name, as most peers read it.
func text(value jsontext.Value, member string) (found string) {
	_ = members(value, func(name string, dec *jsontext.Decoder) error {
		if name != member || dec.PeekKind() != '"' {
			return dec.SkipValue()
		}
		token, err := dec.ReadToken()
		if err == nil {
			found = token.String()
		}
		return err
	})
	return found
}

// members calls visit at the value of each member of an object.
func members(value []byte, visit func(name string, dec *jsontext.Decoder) error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return within(dec, visit)
}

// within passes over a value that is no object. visit must read exactly one value.
func within(dec *jsontext.Decoder, visit func(name string, dec *jsontext.Decoder) error) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := visit(token.String(), dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// Address writes a content address the way people read it.
func Address(h schema.Hash) string { return "sha256:" + hex.EncodeToString(h[:]) }

// ParseAddress reads what [Address] wrote.
func ParseAddress(s string) (h schema.Hash, err error) {
	digits, ok := bytes.CutPrefix([]byte(s), []byte("sha256:"))
	if n, err := hex.Decode(h[:], digits[:min(len(digits), 2*len(h))]); !ok || err != nil || n != len(h) || len(digits) != 2*len(h) {
		return schema.Hash{}, fmt.Errorf("%.80q is no content address; it should be sha256: and 64 hexadecimal digits", s)
	}
	return h, nil
}
