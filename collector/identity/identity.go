// Package identity reads who acted from the credential of an HTTP request.
//
// The one rule: no credential leaves this package. What comes out are claims, a
// keyed fingerprint; no claim is verified here.
package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/schema"
)

// Key turns secrets into fingerprints that only holders of the key can compute
// again. It is 32 random bytes, one per tenant; collectors that share it can be
// joined by fingerprint.
type Key [32]byte

// Sum returns the keyed hash of a secret for one purpose, so that equal values of
// different kinds do not look alike.
func (k Key) Sum(purpose, secret string) schema.Hash {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(secret))
	var h schema.Hash
	mac.Sum(h[:0])
	return h
}

// Text is Sum as hexadecimal text, cut to 128 bits.
func (k Key) Text(purpose, secret string) string {
	h := k.Sum(purpose, secret)
	return hex.EncodeToString(h[:16])
}

// Identity is what a credential claims.
type Identity struct {
	Principal schema.Principal
	// Scopes granted by the token, in its order.
	Scopes []string
	// Keys found in the token: its id, its confirmation key and who acts for whom.
	Keys []schema.Key
}

// apiKeyHeaders carry a credential as their whole value.
var apiKeyHeaders = []string{"X-Api-Key", "Api-Key", "X-Auth-Token"}

// Header gives the first value of a header by its name, as http.Header does.
type Header interface{ Get(name string) string }

// Headers are the canonical names of those that Of reads.
func Headers() []string { return append([]string{"Authorization"}, apiKeyHeaders...) }

// Of reads the credential of a request. Without one it is the zero Identity. The claims
// of a JWT are decoded, not verified: the server that accepts it does that.
func Of(h Header, key Key) Identity {
	if auth := h.Get("Authorization"); auth != "" {
		scheme, credential, _ := strings.Cut(auth, " ")
		return fromAuthorization(scheme, strings.TrimSpace(credential), key)
	}
	for _, name := range apiKeyHeaders {
		if v := h.Get(name); v != "" {
			return Identity{Principal: schema.Principal{Fingerprint: name + ":" + key.Text("credential", v)}}
		}
	}
	return Identity{}
}

// schemes of IANA's registry, and those that are in use without being there. The
// first word of anything else may be a part of the credential.
var schemes = []string{"Basic", "Bearer", "Concealed", "Digest", "DPoP", "GNAP", "HOBA", "Mutual", "Negotiate", "OAuth",
	"PrivateToken", "SCRAM-SHA-1", "SCRAM-SHA-256", "vapid", "AWS4-HMAC-SHA256", "ApiKey", "Token", "NTLM"}

// fromAuthorization reads a value of the Authorization header. Whatever else it claims, it
// has a fingerprint, so that equal credentials are joined.
func fromAuthorization(scheme, credential string, key Key) Identity {
	known := slices.IndexFunc(schemes, func(s string) bool { return strings.EqualFold(s, scheme) })
	if known < 0 || credential == "" {
		whole := strings.TrimSpace(scheme + " " + credential)
		return Identity{Principal: schema.Principal{Fingerprint: "unknown:" + key.Text("credential", whole)}}
	}
	id := Identity{Principal: schema.Principal{Fingerprint: schemes[known] + ":" + key.Text("credential", credential)}}
	switch strings.ToLower(scheme) {
	case "basic":
		if plain, err := base64.StdEncoding.DecodeString(credential); err == nil {
			// Where there is no password, the name is one: sk_live_…:, TOKEN:x-oauth-basic.
			switch user, password, _ := strings.Cut(string(plain), ":"); password {
			case "", "x", "X", "x-oauth-basic", "unused", "api_token":
			default:
				id.Principal.Subject = clip(user, schema.MaxText)
			}
		}
	case "bearer", "dpop":
		if c, ok := decodeClaims(credential); ok {
			c.fill(&id)
		}
	}
	return id
}

// claims are those of RFC 7519, 8693 (act), 8705 and 9449 (cnf), 9068 that name who acts,
// for whom and with which scopes.
type claims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	ClientID string          `json:"client_id"`
	Party    string          `json:"azp"`
	Scope    json.RawMessage `json:"scope"`
	Scp      json.RawMessage `json:"scp"`
	ID       string          `json:"jti"`
	Act      *actor          `json:"act"`
	Confirm  struct {
		Thumbprint string `json:"jkt"`
	} `json:"cnf"`
}

type actor struct {
	Subject string `json:"sub"`
	Act     *actor `json:"act"`
}

// maxToken bounds what is decoded; servers refuse headers of this size anyway.
const maxToken = 64 << 10

// decodeClaims reads the payload of a JWT; false where the token is none.
func decodeClaims(token string) (claims, bool) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxToken {
		return c, false
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return claims{}, false
	}
	return c, true
}

// fill adds the claims to what the fingerprint already identifies.
func (c claims) fill(id *Identity) {
	p := &id.Principal
	p.Issuer, p.Subject, p.ClientID = c.Issuer, c.Subject, c.ClientID
	if p.ClientID == "" {
		p.ClientID = c.Party
	}
	id.Scopes = append(scopes(c.Scope), scopes(c.Scp)...)
	add := func(name, value string) {
		if value != "" {
			id.Keys = append(id.Keys, schema.Key{Name: name, Value: value, Where: "header"})
		}
	}
	add("jwt.jti", c.ID)
	add("jwt.cnf.jkt", c.Confirm.Thumbprint)
	// The chain of delegation, nearest first; its length is the token's choice.
	for a, depth := c.Act, 0; a != nil && depth < 8; a, depth = a.Act, depth+1 {
		add("jwt.act.sub", a.Subject)
	}
}

// scopes reads both forms: "a b" and ["a","b"].
func scopes(raw json.RawMessage) []string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return strings.Fields(text)
	}
	var list []string
	_ = json.Unmarshal(raw, &list) // another type grants nothing
	return list
}

func clip(s string, n int) string { return s[:min(len(s), n)] }
