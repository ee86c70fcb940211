package redact

import (
	"bytes"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// fieldName is what the name of a member implies for values.
type fieldName struct {
	// class of the member's own value.
	class secret.Class
	// names: the value is itself the name of another value ("name": "API_KEY").
	names bool
	// holds: the value is what such a member names ("value": "…").
	holds bool
	// describes: the value is about a credential and is none ("type", "expires_at").
	describes bool
}

const (
	// maxFieldNames bounds the cache of classified names. Servers use some hundred
	// names; a message made of new ones evicts them once, at the cost of classifying.
	maxFieldNames = 4096
	// maxCachedName is the longest name that is cached, in bytes, so that the cache is
	// bounded in bytes too.
	maxCachedName = 64
)

// fieldNames caches the classification of member names, least recently used first out.
// Not for concurrent use.
type fieldNames struct {
	names *secret.Names
	cache *simplelru.LRU[string, fieldName]
}

func newFieldNames(names *secret.Names) fieldNames {
	cache, err := simplelru.NewLRU[string, fieldName](maxFieldNames, nil)
	if err != nil {
		panic("building the cache of names: " + err.Error()) // its size is not positive
	}
	return fieldNames{names: names, cache: cache}
}

// classify returns what a name implies. name is the decoded one and may be reused by
// the caller.
func (f fieldNames) classify(name []byte) fieldName {
	if len(name) > maxCachedName {
		return f.compute(name)
	}
	if known, ok := f.cache.Get(string(name)); ok {
		return known
	}
	n := f.compute(name)
	f.cache.Add(string(name), n)
	return n
}

func (f fieldNames) compute(name []byte) fieldName {
	n := fieldName{class: f.names.Class(name)}
	if n.class == secret.Plain {
		n.names, n.holds = pairRole(name)
		n.describes = describes(name)
	}
	return n
}

// describes reports whether a member of a credential is about it and is none itself.
func describes(name []byte) bool {
	lower := bytes.ToLower(name)
	for _, end := range []string{"id", "name", "type", "url", "uri", "arn", "at", "version", "hash", "digest", "uid", "path", "region", "integrity"} {
		if bytes.HasSuffix(lower, []byte(end)) {
			return true
		}
	}
	return false
}

// pairRole tells the two members of a pair apart: the one that holds a name, and the
// one that holds the value of that name.
func pairRole(name []byte) (names, holds bool) {
	switch string(bytes.ToLower(name)) {
	case "name", "key", "field", "header", "variable", "id":
		return true, false
	case "value", "values", "val", "data", "content", "current", "default", "example", "const", "raw", "plaintext", "string", "stringvalue":
		return false, true
	}
	return false, false
}
