package interpret

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
	"go.yaml.in/yaml/v3"
)

// KeyRule names one thing that can join sessions, and where to look for it. Rules are data:
// what a host adds to its messages next year is a line in a file.
type KeyRule struct {
	// Name is the name of the member, header, variable or baggage entry, in any case.
	Name string `yaml:"name"`
	// Where is meta (params._meta or result._meta), header (of the request), env (of a
	// stdio process) or baggage (of _meta).
	Where string `yaml:"where"`
	// Hash marks a value that is a credential: only its keyed hash is recorded.
	Hash bool `yaml:"hash,omitempty"`
}

//go:embed keys.yaml
var defaultKeys []byte

// DefaultKeys returns the built-in list.
func DefaultKeys() []KeyRule {
	rules, err := parseKeys(defaultKeys)
	if err != nil {
		panic("built-in key list: " + err.Error())
	}
	return rules
}

// LoadKeys reads a list in the form of the built-in one, which it replaces.
func LoadKeys(file string) ([]KeyRule, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the key list: %w", err)
	}
	rules, err := parseKeys(data)
	if err != nil {
		return nil, fmt.Errorf("reading the key list %s: %w", file, err)
	}
	return rules, nil
}

// parseKeys refuses what it does not know: a misspelt rule would find nothing, unseen.
func parseKeys(data []byte) ([]KeyRule, error) {
	var list struct {
		Keys []KeyRule `yaml:"keys"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		return nil, err
	}
	for _, k := range list.Keys {
		switch k.Where {
		case "meta", "header", "env", "baggage":
		default:
			return nil, fmt.Errorf("key %q: where is %q, must be meta, header, env or baggage", k.Name, k.Where)
		}
	}
	return list.Keys, nil
}

// HeaderNames are the request headers that the rules look for. The queue keeps only
// headers that are read.
func HeaderNames(rules []KeyRule) (names []string) {
	for _, rule := range rules {
		if rule.Where == "header" {
			names = append(names, rule.Name)
		}
	}
	return names
}

// EnvKeys returns the correlation keys among NAME=VALUE pairs. It runs before the process
// starts, so that no other value of its environment is kept.
func EnvKeys(rules []KeyRule, key identity.Key, environ []string) []schema.Key {
	var keys []schema.Key
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		keys = find(rules, keys, "env", name, value, key.Text)
	}
	return keys
}

// find appends the key if a rule looks for that name there. The first rule decides. hash
// makes the fingerprint of a credential.
func find(rules []KeyRule, keys []schema.Key, where, name, value string, hash func(purpose, secret string) string) []schema.Key {
	if value == "" {
		return keys
	}
	for _, rule := range rules {
		if rule.Where == where && strings.EqualFold(rule.Name, name) {
			if rule.Hash {
				value = hash(rule.Name, value)
			}
			return append(keys, schema.Key{Name: rule.Name, Value: value, Where: where})
		}
	}
	return keys
}
