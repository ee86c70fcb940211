package rebuild

import (
	"regexp"
	"strings"
)

// matches reports whether a URI template can expand to the URI.
func matches(template, uri string) bool {
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
		b.WriteString(".+")
		template = after
	}
	expression, err := regexp.Compile(b.String() + "$")
	return err == nil && expression.MatchString(uri)
}
