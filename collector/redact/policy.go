package redact

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
	"go.yaml.in/yaml/v3"
)

// Version of the policy's form.
// A file must state it, so that a collector never takes a policy of another form for a
// weaker one of its own.
const Version = 1

// Level is how much of a message is stored.
type Level string

const (
	// LevelNone makes no event of a message: it is only counted, and the end of its
	// session says how many were left out by which rule.
	LevelNone Level = "none"
	// LevelMetadata stores what the event says of it, and its size.
	LevelMetadata Level = "metadata"
	// LevelDigest adds the commitment, so that a copy can be proved.
	LevelDigest Level = "digest"
	// LevelRequest stores requests and notifications, and answers as a digest.
	LevelRequest Level = "request"
	// LevelFull stores every message, redacted.
	LevelFull Level = "full"
)

// Action is what happens to a value that a rule names.
type Action string

const (
	// Keep stores it as it is, what is a credential whatever a policy says excepted.
	Keep Action = "keep"
	// Mask puts a mark there that says nothing of the value.
	Mask Action = "mask"
	// Token puts a mark there that is the same for the same value.
	Token Action = "token"
	// Drop puts null there.
	Drop Action = "drop"
)

// Policy says what is stored. Make it with Parse, Load or Default.
type Policy struct {
	Version int           `yaml:"version" json:"version"`
	Capture Capture       `yaml:"capture" json:"capture"`
	Fields  []FieldRule   `yaml:"fields" json:"fields"`
	Names   NameRules     `yaml:"names" json:"names"`
	Secrets SecretRules   `yaml:"secrets" json:"secrets"`
	PII     PersonalRules `yaml:"pii" json:"pii"`
	// Headers are patterns of header names that may be recorded as keys.
	Headers []string `yaml:"headers" json:"headers"`
	Limits  Limits   `yaml:"limits" json:"limits"`
}

// Capture decides the level of each message.
type Capture struct {
	Default Level         `yaml:"default" json:"default"`
	Rules   []CaptureRule `yaml:"rules" json:"rules"`
}

// Scope names messages by patterns as path.Match reads them, without regard to
// slashes; an empty one fits everything.
type Scope struct {
	// Server is the configured name of the upstream.
	Server string `yaml:"server" json:"server,omitempty"`
	Method string `yaml:"method" json:"method,omitempty"`
	// Target is the tool or prompt name or the resource's URI.
	Target string `yaml:"target" json:"target,omitempty"`
}

// CaptureRule gives messages a level.
type CaptureRule struct {
	Scope `yaml:",inline"`
	Level Level `yaml:"level" json:"level"`
}

// FieldRule treats a member of messages. In Pointer, a JSON pointer into the whole
// message, * stands for any one step and ** for any number of them.
type FieldRule struct {
	Scope   `yaml:",inline"`
	Pointer string `yaml:"pointer" json:"pointer"`
	Action  Action `yaml:"action" json:"action"`
}

// NameRules extend and restrict the built-in names of credentials.
type NameRules struct {
	Cut  []string `yaml:"cut" json:"cut"`
	Keep []string `yaml:"keep" json:"keep"`
}

// SecretRules extend and restrict the built-in forms of credentials.
type SecretRules struct {
	Off      []string      `yaml:"off" json:"off"`
	Patterns []PatternRule `yaml:"patterns" json:"patterns"`
}

// PatternRule is a form of one's own, in the language of package secret.
type PatternRule struct {
	Name    string `yaml:"name" json:"name"`
	Before  string `yaml:"before" json:"before,omitempty"`
	Pattern string `yaml:"pattern" json:"pattern"`
}

// PersonalRules say what happens to personal data: keep, mask or token.
type PersonalRules struct {
	Card  Action `yaml:"card" json:"card"`
	IBAN  Action `yaml:"iban" json:"iban"`
	Email Action `yaml:"email" json:"email"`
	Phone Action `yaml:"phone" json:"phone"`
}

// Limits bound the work on one message.
type Limits struct {
	// Size in bytes.
	Size int `yaml:"size" json:"size"`
	// Depth in levels.
	Depth int `yaml:"depth" json:"depth"`
	// Budget in milliseconds for each MiB or part of one.
	Budget int `yaml:"budget" json:"budget"`
}

//go:embed policy.yaml
var defaultPolicy []byte

//go:embed policy.schema.json
var policySchema []byte

// JSONSchema returns the schema of policy files.
func JSONSchema() []byte { return bytes.Clone(policySchema) }

// DefaultFile returns the text of the built-in policy, to begin one's own with.
func DefaultFile() []byte { return bytes.Clone(defaultPolicy) }

// Default returns the policy that holds where no file is given.
//
// It panics only where the file that was compiled in is no policy.
func Default() Policy {
	p, err := Parse(nil)
	if err != nil {
		panic("built-in policy: " + err.Error())
	}
	return p
}

// Load reads a policy file.
func Load(file string) (Policy, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy: %w", err)
	}
	p, err := Parse(data)
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy %s: %w", file, err)
	}
	return p, nil
}

// Parse reads a policy. What it does not say is as in the built-in one; a name it
// should not have is an error.
//
// A list that it has replaces the built-in list as a whole, so that a rule of the built-in
// policy can be taken away.
func Parse(data []byte) (Policy, error) {
	var p Policy
	if err := decode(defaultPolicy, &p); err != nil {
		return p, err
	}
	// The version must come from the file; an empty text means the built-in policy itself.
	p.Version = 0
	if len(data) == 0 {
		p.Version = Version
	} else if err := decode(data, &p); err != nil {
		return Policy{}, err
	}
	return p, p.validate()
}

// decode writes over what is in p, member by member. A second document would be ignored by
// the decoder, and with it whatever somebody put there.
func decode(data []byte, p *Policy) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(p); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

// Hash of the policy in its canonical form; events carry it. Comments, order of
// members and what a file leaves to the defaults make no difference.
//
// A member that is added to Policy changes the hash of every policy; one that is omitted
// when empty does not.
func (p Policy) Hash() schema.Hash {
	b, err := json.Marshal(p)
	if err != nil {
		panic("encoding a policy: " + err.Error())
	}
	return sha256.Sum256(b)
}

func (p Policy) rules() []secret.Rule {
	var rules []secret.Rule
	for _, r := range p.Secrets.Patterns {
		rules = append(rules, secret.Rule{Name: r.Name, Before: r.Before, Pattern: r.Pattern})
	}
	return rules
}
