package identity

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/schema"
)

// claims are those of RFC 7519, 8693 (act), 8705 and 9449 (cnf), 9068 that name who acts,
// for whom and with which scopes. Their names are case-sensitive (RFC 7519, section 4).
type claims struct {
	issuer, subject, clientID, name string
	// number is set where the subject was written as a number.
	number bool
	// signed is set where the token says that it is signed, and is.
	signed bool
	// content is what the signature is over.
	content string
	scopes  []string
	keys    []schema.Key
}

// nameClaims name the person where there is no subject, the best first: OpenID Connect's,
// and Entra's object id.
var nameClaims = []string{"email", "oid", "sid", "preferred_username"}

// maxToken bounds what is decoded; servers refuse headers of this size anyway.
const maxToken = 64 << 10

// errNoToken is of what is no JWT: it is opaque.
var errNoToken = errors.New("no JWT")

// readClaims reads the header and the payload of a JWT. The error is
// [jsontext.ErrDuplicateName] where a name comes twice: which of them a server takes is
// not known, so none is believed.
func readClaims(token string) (c claims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxToken {
		return c, errNoToken
	}
	payload, err := segment(parts[1])
	if err != nil {
		return c, err
	}
	head, err := segment(parts[0])
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return c, err
	}
	algorithm := value(head["alg"])
	c.signed = parts[2] != "" && algorithm != "" && !strings.EqualFold(algorithm, "none")
	c.content = parts[0] + "." + parts[1]
	c.read(payload)
	return c, nil
}

type members = map[string]jsontext.Value

// segment decodes one part of a JWT.
func segment(part string) (m members, err error) {
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil, err
	}
	return m, json.Unmarshal(body, &m)
}

// value is a text, or the digits of a number; empty for anything else.
func value(v jsontext.Value) (text string) {
	switch v.Kind() {
	case '"':
		_ = json.Unmarshal(v, &text) // it is one
	case '0':
		text = string(v)
	}
	return text
}

func object(v jsontext.Value) (m members) {
	_ = json.Unmarshal(v, &m) // anything else has no members
	return m
}

func (c *claims) read(payload members) {
	c.issuer, c.subject, c.clientID = value(payload["iss"]), value(payload["sub"]), value(payload["client_id"])
	c.number = payload["sub"].Kind() == '0'
	if c.clientID == "" {
		c.clientID = value(payload["azp"])
	}
	for _, name := range nameClaims {
		if v := value(payload[name]); v != "" && c.subject == "" && c.name == "" {
			c.name = name + ":" + v
		}
	}
	c.scopes = append(scopes(payload["scope"]), scopes(payload["scp"])...)
	add := func(name, value string) {
		if value != "" {
			c.keys = append(c.keys, schema.Key{Name: name, Value: value, Where: "header"})
		}
	}
	add("jwt.jti", value(payload["jti"]))
	add("jwt.cnf.jkt", value(object(payload["cnf"])["jkt"]))
	// The chain of delegation, nearest first; its length is the token's choice.
	for a, depth := object(payload["act"]), 0; a != nil && depth < 8; a, depth = object(a["act"]), depth+1 {
		add("jwt.act.sub", value(a["sub"]))
	}
}

// scopes reads both forms: "a b" and ["a","b"].
func scopes(raw jsontext.Value) (list []string) {
	if raw.Kind() == '"' {
		return strings.Fields(value(raw))
	}
	_ = json.Unmarshal(raw, &list) // another type grants nothing
	return list
}

// names reports whether the claims name anybody.
func (c *claims) names() bool {
	return c.subject != "" || c.clientID != "" || c.name != ""
}

// text is the same for the same party only.
func (c *claims) text(scheme string) string {
	kind := "text"
	if c.number {
		kind = "number"
	}
	signed := "unsigned"
	if c.signed {
		signed = "signed"
	}
	return encode("claims", scheme, signed, c.issuer, kind, c.subject, c.clientID, c.name)
}
