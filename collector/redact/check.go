package redact

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// Problem is something in a policy file that is wrong or without effect.
type Problem struct {
	// Where names the member: "fields[2].pointer".
	Where string
	What  string
	// Fatal says that a collector refuses the file.
	Fatal bool
}

// Check reports everything that is wrong with a policy file.
//
// Where the text is no YAML, or states no version, the error of Parse is the only problem.
func Check(data []byte) []Problem {
	p, err := Parse(data)
	if err != nil && p.Version == 0 {
		return []Problem{{What: err.Error(), Fatal: true}}
	}
	return p.problems()
}

// validate returns the fatal problems as an error.
func (p Policy) validate() error {
	var all []error
	for _, problem := range p.problems() {
		if problem.Fatal {
			all = append(all, fmt.Errorf("%s: %s", problem.Where, problem.What))
		}
	}
	return errors.Join(all...)
}

// checker collects problems.
type checker struct{ all []Problem }

func (c *checker) fatal(where, format string, args ...any) {
	c.all = append(c.all, Problem{where, fmt.Sprintf(format, args...), true})
}

// useless is for what has no effect: a collector takes the file, but whoever wrote it
// expects something else.
func (c *checker) useless(where, format string, args ...any) {
	c.all = append(c.all, Problem{where, fmt.Sprintf(format, args...), false})
}

func (p Policy) problems() []Problem {
	var c checker
	if p.Version != Version {
		c.fatal("version", "is %d, this collector reads %d", p.Version, Version)
	}
	c.capture(p.Capture)
	c.fields(p)
	c.names(p.Names)
	c.secrets(p.Secrets)
	// drop is not among them: these values stand inside texts, where there is no null.
	for where, a := range map[string]Action{"pii.card": p.PII.Card, "pii.iban": p.PII.IBAN, "pii.email": p.PII.Email, "pii.phone": p.PII.Phone} {
		if a != Keep && a != Mask && a != Token {
			c.fatal(where, "is %q, must be keep, mask or token", a)
		}
	}
	for i, h := range p.Headers {
		if _, err := path.Match(h, ""); err != nil {
			c.fatal(fmt.Sprintf("headers[%d]", i), "pattern %q is malformed", h)
			// A pattern is judged when a name comes; only a plain name can be said to be useless
			// here.
		} else if !strings.ContainsAny(h, "*?[") && secret.NewNames(nil, nil).Class([]byte(h)) == secret.Always {
			c.useless(fmt.Sprintf("headers[%d]", i), "%s is a credential and never recorded", h)
		}
	}
	for _, l := range []struct {
		where          string
		value, low, up int
	}{{"limits.size", p.Limits.Size, 1024, schema.MaxPayload}, {"limits.depth", p.Limits.Depth, 8, 10000}, {"limits.budget", p.Limits.Budget, 1, 10000}} {
		if l.value < l.low || l.value > l.up {
			c.fatal(l.where, "is %d, must lie between %d and %d", l.value, l.low, l.up)
		}
	}
	// The maps above are in no order, and the output is compared by people and tests.
	slices.SortStableFunc(c.all, func(a, b Problem) int { return strings.Compare(a.Where, b.Where) })
	return c.all
}

func (c *checker) level(where string, l Level) {
	switch l {
	case LevelNone, LevelMetadata, LevelDigest, LevelRequest, LevelFull:
	default:
		c.fatal(where, "is %q, must be none, metadata, digest, request or full", l)
	}
}

func (c *checker) scope(where string, s Scope) {
	for name, pattern := range map[string]string{"server": s.Server, "method": s.Method, "target": s.Target} {
		if _, err := path.Match(pattern, ""); err != nil {
			c.fatal(where+"."+name, "pattern %q is malformed", pattern)
		}
	}
}

// The first rule that fits gives the level, so one behind a rule that covers it has no
// effect.
func (c *checker) capture(capture Capture) {
	c.level("capture.default", capture.Default)
	for i, r := range capture.Rules {
		where := fmt.Sprintf("capture.rules[%d]", i)
		c.level(where+".level", r.Level)
		c.scope(where, r.Scope)
		for j, earlier := range capture.Rules[:i] {
			if earlier.covers(r.Scope) {
				c.useless(where, "can never match: rule %d takes everything it fits", j)
				break
			}
		}
	}
}

// covers reports whether every message that other fits fits s, as far as the
// patterns prove it.
//
// It says no where it cannot tell, as of two patterns with wildcards.
func (s Scope) covers(other Scope) bool {
	one := func(a, b string) bool {
		return a == "" || a == "*" || a == b || !strings.ContainsAny(b, `*?[\`) && b != "" && glob(a, b)
	}
	return one(s.Server, other.Server) && one(s.Method, other.Method) && one(s.Target, other.Target)
}

// members that a JSON-RPC message can have.
var members = []string{"jsonrpc", "id", "method", "params", "result", "error", "*", "**"}

func (c *checker) fields(p Policy) {
	for i, f := range p.Fields {
		where := fmt.Sprintf("fields[%d]", i)
		c.scope(where, f.Scope)
		switch f.Action {
		case Keep, Mask, Token, Drop:
		default:
			c.fatal(where+".action", "is %q, must be keep, mask, token or drop", f.Action)
		}
		tokens, err := splitPointer(f.Pointer)
		if err != nil {
			c.fatal(where+".pointer", "%q is impossible: %v", f.Pointer, err)
			continue
		}
		if !slices.Contains(members, tokens[0]) {
			c.useless(where+".pointer", "%q can never match: a message has no member %q", f.Pointer, tokens[0])
		}
		if len(tokens) > p.Limits.Depth {
			c.useless(where+".pointer", "%q can never match: deeper than limits.depth", f.Pointer)
		}
		if last := tokens[len(tokens)-1]; f.Action == Keep && secret.NewNames(nil, nil).Class([]byte(last)) == secret.Always {
			c.useless(where, "keeps nothing: %s is never stored", last)
		}
		// These levels store no body, so there is no member to treat. request is not among
		// them: it stores some bodies.
		if l := p.fixedLevel(f.Scope); l == LevelNone || l == LevelMetadata || l == LevelDigest {
			c.useless(where, "can never match: the level of these messages is %s", l)
		}
		for j, earlier := range p.Fields[:i] {
			if earlier.Pointer == f.Pointer && earlier.covers(f.Scope) {
				c.useless(where, "can never match: rule %d takes everything it fits", j)
				break
			}
		}
	}
}

// fixedLevel returns the level of the messages of a scope if they all have the same.
//
// Empty where it cannot tell: a rule of which one member fits the scope may take some of its
// messages.
func (p Policy) fixedLevel(s Scope) Level {
	for _, r := range p.Capture.Rules {
		if r.covers(s) {
			return r.Level
		}
		if glob(r.Server, s.Server) || glob(r.Method, s.Method) || glob(r.Target, s.Target) {
			return ""
		}
	}
	return p.Capture.Default
}

func (c *checker) names(n NameRules) {
	for i, name := range n.Cut {
		if len(strings.Trim(name, "-_. ")) < 3 {
			c.useless(fmt.Sprintf("names.cut[%d]", i), "%q can never match: a name has at least three letters", name)
		}
	}
	if len(n.Keep) == 0 {
		return
	}
	builtin := secret.NewNames(nil, nil)
	for i, name := range n.Keep {
		switch class := builtin.Class([]byte(name)); {
		case class == secret.Always:
			c.useless(fmt.Sprintf("names.keep[%d]", i), "%s is never stored", name)
		case class == secret.Plain && !slices.Contains(n.Cut, name):
			c.useless(fmt.Sprintf("names.keep[%d]", i), "%s is kept anyway", name)
		}
	}
}

func (c *checker) secrets(s SecretRules) {
	var known []string
	if len(s.Off) > 0 {
		known = secret.RuleNames()
	}
	for i, name := range s.Off {
		if !slices.Contains(known, name) {
			c.useless(fmt.Sprintf("secrets.off[%d]", i), "there is no rule %q", name)
		}
	}
	for i, r := range s.Patterns {
		where := fmt.Sprintf("secrets.patterns[%d]", i)
		// The name stands in marks, which are recognised by these characters.
		if r.Name == "" || len(r.Name) > 64 || strings.Trim(r.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			c.fatal(where+".name", "%q: a name is 1 to 64 lower-case letters, digits and dashes", r.Name)
		}
		if err := (secret.Rule{Name: r.Name, Before: r.Before, Pattern: r.Pattern}).Check(); err != nil {
			c.fatal(where+".pattern", "%q: %v", r.Pattern, err)
		}
	}
}
