// Package identity reads who acted from the credentials of an HTTP request.
//
// The one rule: no credential leaves this package. What comes out are claims and keyed
// fingerprints; no claim is verified here.
//
// All credentials that go out count: headers, parameters of the address, cookies. Two
// requests that differ in one of them are two callers, with these exceptions, each for
// what the wire shows:
//
//   - A client renews its access token in the middle of a session. A signed JWT that names
//     issuer and subject is therefore the same caller as another one that does, under the
//     same scheme and for the same client. A forger can write these claims too: what tells
//     a forgery from a renewal is that a renewal is over other bytes. The same bytes under
//     another signature are another caller ([Identity.Signed]). A forgery over new bytes
//     is in the session of whom it names, with a fingerprint of its own and with what the
//     server answered to it.
//   - Beside a session id that the server gave, the claims of a JWT suffice that name
//     anybody: a subject without an issuer, a client. Without that id such a token is
//     compared as a whole, and so is one that nobody signed, or any opaque one.
//   - A cookie that an answer sets belongs to its session from then on
//     ([Presented.WithCookies]), and the cookies of load balancers and of statistics name
//     nobody.
//   - The address that a legacy event stream gives its client need not repeat the key that
//     the stream was opened with.
//
// What two readers can take for two callers is one of its own and flagged: several lines
// of a header, a parameter or a claim that comes twice.
package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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

// Identity is what the credentials of a request claim. The zero value is nobody known.
type Identity struct {
	Principal schema.Principal
	// Scopes granted by the token, in its order.
	Scopes []string
	// Keys found in the token: its id, its confirmation key and who acts for whom.
	Keys []schema.Key
	// Ambiguous is set where two readers can take the credentials for those of two callers.
	Ambiguous bool

	// Alone, WithID and WithAddress are equal for requests of one caller, as keyed hashes:
	// where nothing else holds a session together, beside a session id of the server's, and
	// beside the address of a legacy event stream. They are empty for nobody.
	Alone, WithID, WithAddress string
	// Exact is equal only for the same credentials.
	Exact string
	// Signed is a keyed hash of what the token's signature is over, empty without one.
	Signed string
}

// Header gives the first value of a header by its name, as http.Header does.
type Header interface{ Get(name string) string }

// Identity reads who presents p. The claims of a JWT are decoded, not verified: the
// server that accepts it does that.
func (p Presented) Identity(key Key) Identity {
	if len(p) == 0 {
		return Identity{}
	}
	id, c, rest := p.principal(key)
	beside := rest.credentials(key)
	id.Principal.Credentials = bound(beside, key)
	exact := encode("whole", id.Principal.Fingerprint)
	alone, held := exact, exact
	if scheme, _, _ := strings.Cut(id.Principal.Fingerprint, ":"); c.names() {
		held = c.text(scheme)
		if c.signed && c.issuer != "" && c.subject != "" {
			alone = held
		}
	}
	if c.signed {
		id.Signed = key.Text("signed", c.content)
	}
	hash := func(who string) string { return key.Text("caller", encode(who, text(beside))) }
	id.Alone, id.WithID, id.Exact = hash(alone), hash(held), hash(exact)
	if id.WithAddress = id.WithID; slices.ContainsFunc(p, func(o presented) bool { return o.where == inQuery }) {
		id.WithAddress = p.without(inQuery).Identity(key).WithID
	}
	return id
}

// principal reads the strongest of p: Authorization, another header, a parameter, and all
// cookies together. rest are the others, and all where the principal is of more than one.
func (p Presented) principal(key Key) (id Identity, c claims, rest Presented) {
	first := &p[0]
	switch {
	case slices.ContainsFunc(p, func(o presented) bool { return o.several }):
		id.Ambiguous = true
		id.Principal.Fingerprint = "ambiguous:" + key.Text("credential", p.Text())
		return id, c, p
	case first.where == inCookie:
		id.Principal.Fingerprint = "Cookie:" + key.Text("credential", p.Text())
		return id, c, p
	case first.where == inQuery: // its name is the peer's choice
		id.Principal.Fingerprint = "query:" + key.Text("credential", first.value)
	case first.name == "Authorization":
		id, c = fromAuthorization(first.value, key)
	default:
		id.Principal.Fingerprint = first.name + ":" + key.Text("credential", first.value)
	}
	return id, c, p[1:]
}

// schemes of IANA's registry, and those that are in use without being there. The
// first word of anything else may be a part of the credential.
var schemes = []string{"Basic", "Bearer", "Concealed", "Digest", "DPoP", "GNAP", "HOBA", "Mutual", "Negotiate", "OAuth",
	"PrivateToken", "SCRAM-SHA-1", "SCRAM-SHA-256", "vapid", "AWS4-HMAC-SHA256", "ApiKey", "Token", "NTLM"}

// fromAuthorization reads a value of the Authorization header. Whatever else it claims, it
// has a fingerprint, so that equal credentials are joined.
func fromAuthorization(value string, key Key) (id Identity, c claims) {
	scheme, credential, _ := strings.Cut(value, " ")
	credential = strings.TrimSpace(credential)
	known := slices.IndexFunc(schemes, func(s string) bool { return strings.EqualFold(s, scheme) })
	if known < 0 || credential == "" {
		id.Principal.Fingerprint = "unknown:" + key.Text("credential", strings.TrimSpace(scheme+" "+credential))
		return id, c
	}
	id.Principal.Fingerprint = schemes[known] + ":" + key.Text("credential", credential)
	switch schemes[known] {
	case "Basic":
		id.Principal.Subject = basicUser(credential)
	case "Bearer", "DPoP":
		read, err := readClaims(credential)
		if err != nil {
			id.Ambiguous = errors.Is(err, jsontext.ErrDuplicateName)
			return id, c
		}
		c = read
		p := &id.Principal
		p.Issuer, p.Subject, p.ClientID, p.Name = c.issuer, c.subject, c.clientID, c.name
		id.Scopes, id.Keys = c.scopes, c.keys
	}
	return id, c
}

// basicUser is the name in a Basic credential. Where there is no password, the name is
// one: sk_live_…:, TOKEN:x-oauth-basic.
func basicUser(credential string) string {
	plain, err := base64.StdEncoding.DecodeString(credential)
	if err != nil {
		return ""
	}
	switch user, password, _ := strings.Cut(string(plain), ":"); password {
	case "", "x", "X", "x-oauth-basic", "unused", "api_token":
		return ""
	default:
		return clip(user, schema.MaxText)
	}
}

func clip(s string, n int) string { return s[:min(len(s), n)] }
