package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// meaning is what the name of a member says of values.
type meaning struct {
	class                   secret.Class
	says, valued, describes bool
}

// maxMeanings and maxMeaning bound what is remembered of names: most come again.
const maxMeanings, maxMeaning = 4096, 64

func (r *Redactor) meaning(name []byte) meaning {
	if m, known := r.said[string(name)]; known {
		return m
	}
	m := meaning{class: r.names.Class(name)}
	if m.class == secret.Plain {
		m.says, m.valued = roleOf(name)
		m.describes = describes(name)
	}
	if len(name) <= maxMeaning {
		if r.said == nil || len(r.said) >= maxMeanings {
			r.said = map[string]meaning{}
		}
		r.said[string(name)] = m
	}
	return m
}

// describes reports whether a member of a credential tells of it, and is none.
func describes(name []byte) bool {
	lower := bytes.ToLower(name)
	for _, end := range []string{"id", "name", "type", "url", "uri", "arn", "at", "version", "hash", "digest", "uid", "path", "region", "integrity"} {
		if bytes.HasSuffix(lower, []byte(end)) {
			return true
		}
	}
	return false
}

// roleOf tells members that name a value from members that hold one.
func roleOf(name []byte) (says, holds bool) {
	switch string(bytes.ToLower(name)) {
	case "name", "key", "field", "header", "variable", "id":
		return true, false
	case "value", "values", "val", "data", "content", "current", "default", "example", "const", "raw", "plaintext", "string", "stringvalue":
		return false, true
	}
	return false, false
}
