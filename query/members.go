package query

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// at returns the value under the path of member names in a payload, nil for none. Of
// a name that comes twice the last counts, as with most peers.
func at(payload []byte, path ...string) jsontext.Value {
	value := jsontext.Value(payload)
	for _, name := range path {
		var found jsontext.Value
		eachMember(value, func(n string, v jsontext.Value) {
			if n == name {
				found = v
			}
		})
		if found == nil {
			return nil
		}
		value = found
	}
	return value
}

// eachMember visits the members of an object. What is no whole object has those that
// came before its fault. The values share the memory of the object.
func eachMember(value jsontext.Value, visit func(name string, value jsontext.Value)) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
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
		v, err := dec.ReadValue()
		if err != nil {
			return
		}
		visit(name, v)
	}
}

// textOf returns a JSON string's text, empty for another value.
func textOf(value jsontext.Value) string {
	if value.Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return ""
	}
	return string(text)
}

// numberOf returns a JSON integer, 0 for another value.
func numberOf(value jsontext.Value) int64 {
	n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
