package secret

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

//go:embed issued.tsv
var issuedTable []byte

// Rule is the form of one issuer's credential.
type Rule struct {
	// Name stands in the record; at most 64 lower-case letters, digits and dashes.
	Name string
	// Before is a class with a count that stands before Pattern's literal, where the
	// form does not begin with one. Empty for most.
	Before string
	// Pattern as parsePattern reads it.
	Pattern string
}

// issued returns the forms that issuers document, or that are observed in what they issue.
func issued() []Rule {
	rows := table(issuedTable, 7)
	rules := make([]Rule, len(rows))
	for i, row := range rows {
		rules[i] = Rule{Name: row[0], Before: row[2], Pattern: row[3]}
	}
	return rules
}

// Check reports why a rule cannot work.
func (r Rule) Check() error { _, err := r.compile(); return err }

// formRules are the rules of constructions, whoever issued what is in them.
var formRules = strings.Fields(`assigned basic bearer column cookie credential-header docker-auth jwt kubernetes-secret link national-id netrc password-hash pgpass private-key
	signed-url sql-password url-credentials user-password ` + generic + " " + checksummed + " " + binaryRule)

// RuleNames lists the built-in rules, sorted.
func RuleNames() []string {
	names := slices.Clone(formRules)
	for _, r := range issued() {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// compile makes one matcher of each alternative of the pattern.
func (r Rule) compile() ([]matcher, error) {
	var before *step
	if r.Before != "" {
		p, err := parseOne(r.Before)
		if err != nil {
			return nil, fmt.Errorf("before: %w", err)
		}
		if len(p.steps) != 1 || p.anchor != "" {
			return nil, errors.New("before must be one class with a count")
		}
		before = &p.steps[0]
	}
	patterns, err := parsePattern(r.Pattern)
	if err != nil {
		return nil, err
	}
	var all []matcher
	for _, p := range patterns {
		all = append(all, matcher{rule: r.Name, anchor: p.anchor, before: before, after: p, free: !distinct(p.anchor)})
	}
	return all, nil
}

// distinct reports whether a literal is distinctive inside of a longer word.
func distinct(anchor string) bool {
	if len(anchor) < 5 {
		return false
	}
	for i := range anchor {
		if !isAlnum(anchor[i]) {
			return true
		}
	}
	return len(anchor) > 8 && varied([]byte(anchor))
}
