package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// fieldName is what the name of a member implies for values.
type fieldName struct {
	// class of the member's own value.
	class secret.Class
	is    nameKind
	// clean: no rule found anything in the name itself.
	clean bool
}

// nameKind is a set of what names of members are.
type nameKind uint16

const (
	// givesName: the value is itself the name of another value ("name": "API_KEY").
	givesName nameKind = 1 << iota
	// holdsValue: the value is what such a member names ("value": "…").
	holdsValue
	// namesColumns: the value is a list of the columns of a table.
	namesColumns
	// holdsRows: the value is a list of the rows of such a table.
	holdsRows
	// keyPart: a part of a JSON Web Key that only its owner has (RFC 7518, section 6).
	keyPart
	// keyType: the member that says that an object is such a key.
	keyType
	// objectKind: the member that says what an object of Kubernetes is.
	objectKind
	// secretData: where a Secret of Kubernetes holds its values.
	secretData
	// namesProgram: the value is the program that a list of arguments is for.
	namesProgram
	// holdsArguments: the value is such a list.
	holdsArguments
	// textItem: the text of an element of a list of contents.
	textItem
)

var kindsOfNames = func() map[string]nameKind {
	kinds := map[string]nameKind{"kty": keyType, "kind": objectKind, "text": textItem}
	for kind, names := range map[nameKind]string{
		namesColumns:   "columns headers header fields columnNames column_names cols names keys schema head labels",
		holdsRows:      "rows data values records body results items table tuples cells entries",
		keyPart:        "d p q dp dq qi k r t priv seed",
		secretData:     "data stringData",
		holdsArguments: "args argv arguments parameters flags options cmdline",
		namesProgram:   "command cmd program executable bin binary",
	} {
		for _, name := range bytes.Fields([]byte(names)) {
			kinds[string(name)] |= kind
		}
	}
	return kinds
}()

const (
	// cachedNames is how many names are cached, a power of two. Servers use some hundred;
	// two whose hashes collide evict each other, at the cost of classifying.
	cachedNames = 1024
	// maxCachedName is the longest name that is cached, in bytes.
	maxCachedName = 48
)

// fieldNames caches the classification of member names, 60 KiB in all: every member of every
// message is asked about, and a list of the least recently used costs four times as much as
// what it saves. Not for concurrent use.
type fieldNames struct {
	names *secret.Names
	cache [cachedNames]struct {
		name [maxCachedName]byte
		size uint8
		fieldName
	}
}

// classify returns what a name implies. It holds until the next call. name is the decoded
// one and may be reused by the caller.
func (f *fieldNames) classify(name []byte) *fieldName {
	hash := uint32(2166136261) // FNV-1a
	if len(name) <= maxCachedName {
		for _, b := range name {
			hash = (hash ^ uint32(b)) * 16777619
		}
	}
	entry := &f.cache[(hash>>16^hash)%cachedNames]
	if len(name) > 0 && len(name) <= maxCachedName && string(entry.name[:entry.size]) == string(name) {
		return &entry.fieldName
	}
	entry.size = 0
	if len(name) <= maxCachedName {
		entry.size = uint8(copy(entry.name[:], name))
	}
	entry.fieldName = f.compute(name)
	return &entry.fieldName
}

func (f *fieldNames) compute(name []byte) fieldName {
	n := fieldName{class: f.names.Class(name), is: kindsOfNames[string(name)]}
	if n.class <= secret.Weak {
		if secret.NamesValue(name) {
			n.is |= givesName
		}
		if secret.HoldsValue(name) {
			n.is |= holdsValue
		}
	}
	return n
}

// describesCredential reports whether a member of a credential is about it and is none
// itself.
func describesCredential(name []byte) bool {
	for _, end := range []string{"id", "name", "type", "url", "uri", "arn", "at", "version", "hash", "digest", "uid", "path", "region", "integrity"} {
		if len(name) >= len(end) && bytes.EqualFold(name[len(name)-len(end):], []byte(end)) {
			return true
		}
	}
	return false
}
