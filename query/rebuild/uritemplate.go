package rebuild

import (
	"regexp"
	"strings"
)

// matches reports whether a URI template can expand to the URI.
func matches(template, uri string) bool {
	// A server writes the template. RE2 has no exponential time, but the expression grows with
	// each variable.
	if strings.Count(template, "{") > 16 {
		return false
	}
	var b strings.Builder
	b.WriteString("^")
	for len(template) > 0 {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(regexp.QuoteMeta(before))
		if !found {
			break
		}
		_, after, closed := strings.Cut(rest, "}")
		if !closed {
			return false
		}
		// Any text: RFC 6570 lets an expression expand to slashes and queries, depending on its
		// operator, and a match that is too wide names a template that a client could have used.
		b.WriteString(".+")
		template = after
	}
	expression, err := regexp.Compile(b.String() + "$")
	return err == nil && expression.MatchString(uri)
}
