package interpret

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
	"go.yaml.in/yaml/v3"
)

// KeyRule names one thing that can join sessions, and where to look for it.
type KeyRule struct {
	// Name is the name of the member, header, variable or baggage entry.
	Name string `yaml:"name"`
	// Where is meta, header, env or baggage.
	Where string `yaml:"where"`
	// Hash says that the value is a credential, of which only a keyed hash is kept.
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

// LoadKeys reads a list in the form of the built-in one.
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

// HeaderNames are the request headers that the rules look for.
func HeaderNames(rules []KeyRule) (names []string) {
	for _, rule := range rules {
		if rule.Where == "header" {
			names = append(names, rule.Name)
		}
	}
	return names
}

// EnvKeys returns the correlation keys among NAME=VALUE pairs.
func EnvKeys(rules []KeyRule, key identity.Key, environ []string) []schema.Key {
	var keys []schema.Key
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		keys = find(rules, keys, "env", name, value, key.Text)
	}
	return keys
}

// find appends the key if a rule looks for that name there; hash is for values that
// are credentials.
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

// keyFinder collects the correlation keys of messages and requests.
type keyFinder struct {
	rules  []KeyRule
	clean  *journal.Cleaner
	prints *fingerprints
}

// addFromMessage adds the keys of one message and its trace context.
func (k *keyFinder) addFromMessage(e *schema.Event, m *jsonrpc.Message) {
	for _, f := range m.Meta {
		switch f.Name {
		case "traceparent":
			e.TraceID, e.SpanID = traceContext(f.Value)
		case "baggage":
			for entry := range strings.SplitSeq(f.Value, ",") {
				entry, _, _ = strings.Cut(entry, ";")
				name, value, _ := strings.Cut(strings.TrimSpace(entry), "=")
				e.Keys = find(k.rules, e.Keys, "baggage", name, value, k.prints.text)
			}
		default:
			e.Keys = find(k.rules, e.Keys, "meta", f.Name, f.Value, k.prints.text)
		}
	}
}

// addFromHeaders adds the keys of an HTTP request and, where the message has none, its
// trace context.
func (k *keyFinder) addFromHeaders(e *schema.Event, h observe.Headers) {
	for _, rule := range k.rules {
		if rule.Where != "header" {
			continue
		}
		if value := h.Get(rule.Name); value != "" {
			if _, may := k.clean.Header(rule.Name, value); may || rule.Hash {
				e.Keys = find(k.rules, e.Keys, "header", rule.Name, value, k.prints.text)
			}
		}
	}
	if parent, may := k.clean.Header("Traceparent", h.Get("Traceparent")); may && e.TraceID == "" {
		e.TraceID, e.SpanID = traceContext(parent)
	}
}

// fingerprints caches keyed hashes, since each repeats with every request of a session.
type fingerprints struct {
	key   identity.Key
	cache *simplelru.LRU[[2]string, string]
}

// maxFingerprints of texts up to maxCachedSecret bytes bound the cache.
const maxFingerprints, maxCachedSecret = 4096, 512

func newFingerprints(key identity.Key) *fingerprints {
	return &fingerprints{key, newLRU[[2]string, string](maxFingerprints)}
}

// text is [identity.Key.Text].
func (f *fingerprints) text(purpose, secret string) string {
	if len(secret) > maxCachedSecret {
		return f.key.Text(purpose, secret)
	}
	at := [2]string{purpose, secret}
	print, ok := f.cache.Get(at)
	if !ok {
		print = f.key.Text(purpose, secret)
		f.cache.Add(at, print)
	}
	return print
}

// traceContext reads a W3C traceparent; empty texts where it is none.
func traceContext(v string) (traceID, spanID string) {
	parts := strings.Split(v, "-")
	if len(parts) < 4 || len(parts[1]) != 32 || len(parts[2]) != 16 || strings.Trim(parts[1]+parts[2], "0123456789abcdef") != "" {
		return "", ""
	}
	return parts[1], parts[2]
}
