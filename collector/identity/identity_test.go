package identity_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

var key = identity.Key{1, 2, 3}

func jwt(claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"RS256"}`)) + "." + enc([]byte(claims)) + "." + enc([]byte("signature-bytes"))
}

func TestIdentityOfCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		header, value string
		want          schema.Principal
		scopes        []string
		keys          []schema.Key
	}{
		"nothing": {"Accept", "*/*", schema.Principal{}, nil, nil},
		"a JWT": {"Authorization", "Bearer " + jwt(`{"iss":"https://idp","sub":"agent","azp":"cli","scope":"a b","jti":"j1","act":{"sub":"user","act":{"sub":"boss"}}}`),
			schema.Principal{Issuer: "https://idp", Subject: "agent", ClientID: "cli"}, []string{"a", "b"},
			[]schema.Key{{Name: "jwt.jti", Value: "j1", Where: "header"}, {Name: "jwt.act.sub", Value: "user", Where: "header"}, {Name: "jwt.act.sub", Value: "boss", Where: "header"}}},
		"scp as a list":             {"Authorization", "bearer " + jwt(`{"client_id":"x","scp":["a","b"]}`), schema.Principal{ClientID: "x"}, []string{"a", "b"}, nil},
		"an opaque token":           {"Authorization", "Bearer gho_123456", schema.Principal{}, nil, nil},
		"a broken JWT":              {"Authorization", "Bearer a.b.c", schema.Principal{}, nil, nil},
		"basic: the user only":      {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("joe:hunter2")), schema.Principal{Subject: "joe"}, nil, nil},
		"basic without a password":  {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("gho_123456:")), schema.Principal{}, nil, nil},
		"basic with a token's sign": {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("gho_123456:x-oauth-basic")), schema.Principal{}, nil, nil},
		"an API key":                {"X-Api-Key", "sk-12345", schema.Principal{}, nil, nil},
		"a bare token":              {"Authorization", "gho_123456", schema.Principal{}, nil, nil},
		"a token in two words":      {"Authorization", "hunter2 gho_123456", schema.Principal{}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := identity.Present([]identity.Field{{Name: c.header, Value: c.value}}, "").Identity(key)
			if (got.Principal.Fingerprint == "") != (c.header == "Accept") {
				t.Errorf("fingerprint %q", got.Principal.Fingerprint)
			}
			for _, secret := range []string{"gho_123456", "hunter2", "sk-12345", "c2lnbmF0dXJl"} {
				if strings.Contains(fmt.Sprintf("%+v", got), secret) {
					t.Errorf("the identity holds the secret: %+v", got)
				}
			}
			got.Principal.Fingerprint = ""
			if !reflect.DeepEqual(got.Principal, c.want) || !reflect.DeepEqual(got.Scopes, c.scopes) || !reflect.DeepEqual(got.Keys, c.keys) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFingerprintsJoinEqualTokensOnly(t *testing.T) {
	of := func(v string, k identity.Key) string {
		return identity.Present([]identity.Field{{Name: "Authorization", Value: "Bearer " + v}}, "").Identity(k).Principal.Fingerprint
	}
	first, again := of("a", key), of("a", key)
	if first != again || first == of("b", key) || first == of("a", identity.Key{9}) {
		t.Error("fingerprints do not tell tokens and keys apart")
	}
}

func TestChallenges(t *testing.T) {
	for in, want := range map[string]identity.Challenge{
		`Bearer error="insufficient_scope", scope="a b", resource_metadata="http://h/x?y=\"z\"", error_description="a, b"`: {
			Scheme: "Bearer", Error: "insufficient_scope", Scope: "a b", ResourceMetadata: `http://h/x?y="z"`},
		`Bearer`:                       {Scheme: "Bearer"},
		`Basic realm=files, charset=x`: {Scheme: "Basic", Realm: "files"},
		`Bearer scope="a`:              {Scheme: "Bearer", Scope: "a"},
		``:                             {},
	} {
		if got := identity.ChallengeOf(http.Header{"Www-Authenticate": {in}}); got != want {
			t.Errorf("%s\n got %+v\nwant %+v", in, got, want)
		}
	}
}
