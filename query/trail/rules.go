package trail

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Confidence is how strong the evidence of a join is.
type Confidence string

const (
	// Exact: both sessions carry an id that the server or the collector chose.
	Exact Confidence = "exact"
	// Reported: both carry an id that the client chose, or a person joined them.
	Reported Confidence = "reported"
	// Derived: no id, but the one ended where the other began.
	Derived Confidence = "derived"
	// Inferred: no more than who and when.
	Inferred Confidence = "inferred"
)

// rank orders confidences, strongest first.
var rank = map[Confidence]int{Exact: 0, Reported: 1, Derived: 2, Inferred: 3}

// Scope is what sessions must share besides a key to be joined by it.
type Scope string

const (
	// ScopeActor: the actor. Rules write it as "holder".
	ScopeActor Scope = "holder"
	// ScopeServer: the actor and the upstream, since another server may use the value for
	// something else.
	ScopeServer Scope = "server"
)

// KeyRule joins sessions that carry the same value of a key.
type KeyRule struct {
	Key        string     `yaml:"key" json:"key"`
	Scope      Scope      `yaml:"scope" json:"scope"`
	Confidence Confidence `yaml:"confidence" json:"confidence"`
	// Strength orders the rules: the strongest join is accepted first.
	Strength int `yaml:"strength" json:"strength"`
	// Most sessions that may share one value; what more of them carry identifies nothing.
	Most int `yaml:"most" json:"most"`
	// Splits says that the key names a conversation, so that a session with two values of
	// it is two nodes.
	Splits bool `yaml:"splits" json:"splits"`
}

// TimeRule joins sessions of one client that follow each other.
type TimeRule struct {
	// Rule names it in joins and conflicts. Strength is shown with its joins; whatever it is, time
	// is asked only after all keys.
	Rule       string     `yaml:"rule" json:"rule"`
	Confidence Confidence `yaml:"confidence" json:"confidence"`
	Strength   int        `yaml:"strength" json:"strength"`
	// Within is the longest time from the end of one session to the beginning of the next.
	Within time.Duration `yaml:"within" json:"within"`
	// SameUpstream joins only what talked to one server.
	SameUpstream bool `yaml:"same_upstream" json:"same_upstream"`
}

// Rules join sessions. They do not change once read.
type Rules struct {
	// Keys in the order of their trust, the strongest first: the first that splits names the
	// parts of a session. Times in the order in which they are tried.
	Keys  []KeyRule  `yaml:"keys"`
	Times []TimeRule `yaml:"times"`
}

//go:embed rules.yaml
var builtIn string

// DefaultRules are the rules of rules.yaml.
func DefaultRules() *Rules {
	rules, err := ParseRules(builtIn)
	if err != nil {
		// They are part of the program; a test reads them.
		panic("built-in trail rules: " + err.Error())
	}
	return rules
}

// ParseRules reads rules in the form of the built-in ones.
func ParseRules(text string) (*Rules, error) {
	var r Rules
	dec := yaml.NewDecoder(strings.NewReader(text))
	// A mistyped member would otherwise be a rule without that bound.
	dec.KnownFields(true)
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("reading the trail rules: %w", err)
	}
	seen := map[string]bool{}
	for _, k := range r.Keys {
		_, known := rank[k.Confidence]
		switch {
		case k.Key == "" || seen[k.Key]:
			return nil, fmt.Errorf("reading the trail rules: the key %q is empty or comes twice", k.Key)
		case !known:
			return nil, fmt.Errorf("reading the trail rules: %s: confidence %q", k.Key, k.Confidence)
		case k.Scope != ScopeActor && k.Scope != ScopeServer:
			return nil, fmt.Errorf("reading the trail rules: %s: scope %q is neither holder nor server", k.Key, k.Scope)
		case k.Most < 2:
			return nil, fmt.Errorf("reading the trail rules: %s: most is %d, and two sessions are needed to join", k.Key, k.Most)
		}
		seen[k.Key] = true
	}
	for _, t := range r.Times {
		if _, known := rank[t.Confidence]; !known || t.Within <= 0 {
			return nil, fmt.Errorf("reading the trail rules: %s: confidence %q, within %v", t.Rule, t.Confidence, t.Within)
		}
	}
	return &r, nil
}

// Names are the keys that have a rule.
func (r *Rules) Names() []string {
	names := make([]string, len(r.Keys))
	for i, k := range r.Keys {
		names[i] = k.Key
	}
	return names
}

// Idle is the longest time between two sessions over which a rule joins them.
func (r *Rules) Idle() (longest time.Duration) {
	for _, t := range r.Times {
		longest = max(longest, t.Within)
	}
	return longest
}
