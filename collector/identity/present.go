package identity

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mcptrail/mcptrail/schema"
)

// Field is one header of a request, under its canonical name. Several is set where more
// than one line had it, and Value then holds all of them, as [Join] encodes them.
type Field struct {
	Name, Value string
	Several     bool
}

// Join makes one text of the lines of a header. Which of several lines a server takes is
// not known, empty ones included, so all of them count.
func Join(lines []string) (value string, several bool) {
	if len(lines) == 1 {
		return lines[0], false
	}
	return encode(lines...), true
}

// encode joins texts so that different lists never give one text.
func encode(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)))
		b.WriteByte(':')
		b.WriteString(p)
	}
	return b.String()
}

// Presented are all credentials of one request: headers in the order of [Headers], then
// parameters, then cookies, each by name. They are secrets and must not leave the memory.
type Presented []presented

type presented struct {
	// where and name are those of [schema.Credential].
	where, name, value string
	several            bool
}

const inHeader, inQuery, inCookie = "header", "query", "cookie"

// Present reads the credentials of a request from its headers, in the order of [Headers],
// and its address. An address that was clipped may have lost a parameter: all of its
// query then counts as one.
func Present(fields []Field, address string) (p Presented) {
	cookies := ""
	for i := range fields {
		switch f := &fields[i]; {
		case f.Name == "Cookie":
			cookies = f.Value
		case IsCredential(f.Name):
			p = append(p, presented{inHeader, f.Name, f.Value, f.Several})
		}
	}
	if _, query, _ := strings.Cut(address, "?"); query != "" {
		p = p.addQuery(query, len(address) >= schema.MaxText)
	}
	if cookies != "" {
		p = p.addCookies(cookies)
	}
	return p
}

// addQuery adds the parameters that are credentials. One that comes twice is several.
func (p Presented) addQuery(query string, clipped bool) Presented {
	if clipped {
		return append(p, presented{where: inQuery, name: "*", value: query})
	}
	first := len(p)
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if value == "" || !namesKey(name) {
			continue
		}
		if at := slices.IndexFunc(p[first:], func(o presented) bool { return o.name == name }); at >= 0 {
			o := &p[first+at]
			o.value, o.several = encode(o.value, value), true
			continue
		}
		p = append(p, presented{where: inQuery, name: name, value: value})
	}
	slices.SortStableFunc(p[first:], byName)
	return p
}

// addCookies adds those that may name a caller. A client may send them in any order.
func (p Presented) addCookies(cookies string) Presented {
	first := len(p)
	for part := range strings.SplitSeq(cookies, ";") {
		name, value, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named { // what has no name is a value
			name, value = "", name
		}
		if value != "" && !namesNobody(name) {
			p = append(p, presented{where: inCookie, name: name, value: value})
		}
	}
	slices.SortStableFunc(p[first:], byName)
	return p
}

func byName(a, b presented) int { return strings.Compare(a.name, b.name) }

// WithCookies returns what the caller presents after an answer with these Set-Cookie
// lines. Where they are sent to, by domain and path, is not looked at.
func (p Presented) WithCookies(lines []string) Presented {
	p = slices.Clone(p)
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || namesNobody(c.Name) {
			continue
		}
		p = slices.DeleteFunc(p, func(o presented) bool { return o.where == inCookie && o.name == c.Name })
		if c.Value != "" && c.MaxAge >= 0 {
			p = append(p, presented{where: inCookie, name: c.Name, value: c.Value})
		}
	}
	first := slices.IndexFunc(p, func(o presented) bool { return o.where == inCookie })
	if first >= 0 {
		slices.SortStableFunc(p[first:], byName)
	}
	return p
}

// Text is the same for the same credentials only. It holds them in plain.
func (p Presented) Text() string {
	if len(p) == 0 {
		return ""
	}
	parts := make([]string, 0, 4*len(p))
	for _, o := range p {
		parts = append(parts, o.where, o.name, o.value, strconv.FormatBool(o.several))
	}
	return encode(parts...)
}

// Sum is the hash of Text, as short for a peer that presents much as for any other. It is
// not keyed, so it must not leave the memory either.
func (p Presented) Sum() [sha256.Size]byte { return sha256.Sum256([]byte(p.Text())) }

// without returns those that are elsewhere.
func (p Presented) without(where string) Presented {
	return slices.DeleteFunc(slices.Clone(p), func(o presented) bool { return o.where == where })
}

// credentials are the keyed fingerprints of all of p.
func (p Presented) credentials(key Key) (all []schema.Credential) {
	for _, o := range p {
		c := schema.Credential{Where: o.where, Name: clip(o.name, schema.MaxName), Fingerprint: key.Text("credential", o.value)}
		if o.where == inHeader {
			c.Name = strings.ToLower(c.Name)
		}
		all = append(all, c)
	}
	return all
}

// bound folds the credentials that an event has no place for into the last one.
func bound(all []schema.Credential, key Key) []schema.Credential {
	if len(all) <= schema.MaxCredentials {
		return all
	}
	kept, rest := all[:schema.MaxCredentials-1], all[schema.MaxCredentials-1:]
	return append(slices.Clip(kept), schema.Credential{Where: rest[0].Where, Name: "*", Fingerprint: key.Text("credential", text(rest))})
}

// text encodes credentials.
func text(all []schema.Credential) string {
	parts := make([]string, 0, 3*len(all))
	for _, c := range all {
		parts = append(parts, c.Where, c.Name, c.Fingerprint)
	}
	return encode(parts...)
}
