package identity

import "strings"

// Challenge is a WWW-Authenticate header of a 401 or 403, without anything that
// could be a secret.
type Challenge struct {
	Scheme           string `json:"scheme,omitempty"`
	Error            string `json:"error,omitempty"`
	Scope            string `json:"scope,omitempty"`
	ResourceMetadata string `json:"resource_metadata,omitempty"`
	Realm            string `json:"realm,omitempty"`
}

// ChallengeOf reads the first challenge of a response; the zero Challenge where
// there is none.
func ChallengeOf(h Header) Challenge {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(h.Get("WWW-Authenticate")), " ")
	c := Challenge{Scheme: clip(scheme, 64)}
	for rest != "" {
		var name, value string
		name, value, rest = parameter(rest)
		value = clip(value, 1024)
		switch strings.ToLower(name) {
		case "error":
			c.Error = value
		case "scope":
			c.Scope = value
		case "resource_metadata":
			c.ResourceMetadata = value
		case "realm":
			c.Realm = value
		}
	}
	return c
}

// parameter takes name=value or name="value" from the front of s.
func parameter(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, " \t,")
	name, s, _ = strings.Cut(s, "=")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ",")
		return strings.TrimSpace(name), strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return strings.TrimSpace(name), b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(name), b.String(), ""
}
