package collector

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

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

// EnvKeys returns the correlation keys among NAME=VALUE pairs.
func (c Config) EnvKeys(environ []string) []schema.Key {
	var keys []schema.Key
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		keys = c.find(keys, "env", name, value)
	}
	return keys
}

// find appends the key if a rule looks for that name there.
func (c *Config) find(keys []schema.Key, where, name, value string) []schema.Key {
	if value == "" {
		return keys
	}
	for _, rule := range c.Keys {
		if rule.Where == where && strings.EqualFold(rule.Name, name) {
			if rule.Hash {
				value = c.Key.Text(rule.Name, value)
			}
			return append(keys, schema.Key{Name: rule.Name, Value: value, Where: where})
		}
	}
	return keys
}

// messageKeys collects the correlation keys of one message and its trace context.
func (c *Config) messageKeys(e *schema.Event, m *jsonrpc.Message) {
	for _, f := range m.Meta {
		switch f.Name {
		case "traceparent":
			e.TraceID, e.SpanID = traceContext(f.Value)
		case "baggage":
			for entry := range strings.SplitSeq(f.Value, ",") {
				entry, _, _ = strings.Cut(entry, ";")
				name, value, _ := strings.Cut(strings.TrimSpace(entry), "=")
				e.Keys = c.find(e.Keys, "baggage", name, value)
			}
		default:
			e.Keys = c.find(e.Keys, "meta", f.Name, f.Value)
		}
	}
}

// headerKeys collects the correlation keys of an HTTP request or answer.
func (c *Config) headerKeys(e *schema.Event, get func(string) string) {
	for _, rule := range c.Keys {
		if rule.Where == "header" {
			e.Keys = c.find(e.Keys, "header", rule.Name, get(rule.Name))
		}
	}
	if e.TraceID == "" {
		e.TraceID, e.SpanID = traceContext(get("Traceparent"))
	}
}

// traceContext reads a W3C traceparent; empty texts where it is none.
func traceContext(v string) (traceID, spanID string) {
	parts := strings.Split(v, "-")
	if len(parts) < 4 || len(parts[1]) != 32 || len(parts[2]) != 16 {
		return "", ""
	}
	return parts[1], parts[2]
}
