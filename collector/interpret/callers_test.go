package interpret_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// jwt is a signed token, as far as anybody can see who has no key.
func jwt(claims, signature string) string { return token("RS256", claims, signature) }

func token(algorithm, claims, signature string) string {
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return "Bearer " + enc(`{"alg":"`+algorithm+`"}`) + "." + enc(claims) + "." + enc(signature)
}

func basic(credential string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(credential))
}

// request is one call; head holds lines "Name: value", as they go out.
type request struct {
	url   string
	head  []string
	sets  []string // Set-Cookie of the answer
	shown string   // the session id in the answer to an initialize request
}

func (r request) play(q *observe.Queue, at time.Time) {
	h, message := http.Header{"User-Agent": {"node"}}, `{"id":1,"method":"tools/call","params":{"name":"x"}}`
	for _, line := range r.head {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	answer := http.Header{"Content-Type": {"application/json"}}
	if r.shown != "" {
		message = `{"id":1,"method":"initialize","params":{}}`
		answer.Set("Mcp-Session-Id", r.shown)
	}
	answer["Set-Cookie"] = r.sets
	x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, Peer: "127.0.0.1",
		HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp" + r.url, Header: h}}, at)
	x.Message(schema.ClientToServer, body(message), at)
	x.Response(200, answer, at)
	x.Message(schema.ServerToClient, body(`{"id":1,"result":{}}`), at)
	x.End(observe.EndEOF, at)
}

const (
	alice = `{"iss":"https://idp","sub":"alice","iat":1}`
	bob   = `{"iss":"https://idp","sub":"bob","iat":1}`
)

func head(lines ...string) request { return request{head: lines} }
func auth(values ...string) (r request) {
	for _, v := range values {
		r.head = append(r.head, "Authorization: "+v)
	}
	return r
}
func query(text string) request { return request{url: "?" + text} }

// callers are pairs of requests by two people, whose session is found by nothing but who
// they are.
var callers = map[string][2]request{
	"two values, then the first alone":       {auth(jwt(alice, "s"), jwt(bob, "s")), auth(jwt(alice, "s"))},
	"two values, then the last alone":        {auth(jwt(alice, "s"), jwt(bob, "s")), auth(jwt(bob, "s"))},
	"an empty value before bob's":            {auth("", jwt(bob, "s")), {}},
	"two API keys, then the first alone":     {head("X-Api-Key: k1", "X-Api-Key: k2"), head("X-Api-Key: k1")},
	"an API key beside one token":            {{head: []string{"Authorization: " + jwt(alice, "s"), "X-Api-Key: mallory-key"}}, auth(jwt(alice, "s"))},
	"parts that join to one text":            {auth(jwt(`{"iss":"https://idp|x","sub":"y"}`, "s")), auth(jwt(`{"iss":"https://idp","sub":"x|y"}`, "s"))},
	"one name under two schemes":             {auth(basic("carol:pw1")), auth(jwt(`{"sub":"carol"}`, "s"))},
	"two passwords of one name":              {auth(basic("carol:pw1")), auth(basic("carol:pw2"))},
	"one name without an issuer":             {auth(jwt(`{"sub":"carol","iat":1}`, "s")), auth(jwt(`{"sub":"carol","iat":2}`, "s"))},
	"the same claims with another signature": {auth(jwt(alice, "s")), auth(jwt(alice, "forged"))},
	"claims that nobody signed":              {auth(jwt(alice, "s")), auth(token("none", alice, ""))},
	"no subject":                             {auth(jwt(`{"iss":"https://idp","client_id":"c","email":"a@x"}`, "s")), auth(jwt(`{"iss":"https://idp","client_id":"c","email":"b@x"}`, "s"))},
	"a number for a subject":                 {auth(jwt(`{"iss":"https://idp","sub":17}`, "s")), auth(jwt(`{"iss":"https://idp","sub":18}`, "s"))},
	"names in other letters":                 {auth(jwt(`{"iss":"https://idp","sub":"mallory","SUB":"alice"}`, "s")), auth(jwt(alice, "s"))},
	"a name twice":                           {auth(jwt(`{"iss":"https://idp","sub":"mallory","sub":"alice"}`, "s")), auth(jwt(alice, "s"))},
	"cookies":                                {head("Cookie: sid=secret-of-a"), head("Cookie: sid=secret-of-b")},
	"one cookie more":                        {head("Cookie: sid=secret-of-a"), head("Cookie: sid=secret-of-a; user=b")},
	"a parameter":                            {query("api_key=secret-of-a"), query("api_key=secret-of-b")},
	"a parameter in other letters":           {query("exaApiKey=secret-of-a"), query("exaApiKey=secret-of-b")},
	"a parameter with escapes":               {query("%61pi_key=secret-of-a"), query("%61pi_key=secret-of-b")},
	"a parameter twice":                      {query("key=secret-of-a&key=secret-of-b"), query("key=secret-of-a")},
	"GitLab's header":                        {head("Private-Token: secret-of-a"), head("Private-Token: secret-of-b")},
	"Google's header":                        {head("X-Goog-Api-Key: secret-of-a"), head("X-Goog-Api-Key: secret-of-b")},
	"Azure's header":                         {head("Ocp-Apim-Subscription-Key: secret-of-a"), head("Ocp-Apim-Subscription-Key: secret-of-b")},
	"a proxy's word for the person":          {head("Authorization: Bearer shared", "X-Forwarded-User: secret-of-a"), head("Authorization: Bearer shared", "X-Forwarded-User: secret-of-b")},
	"two session ids, then the first alone":  {head("Mcp-Session-Id: s1", "Mcp-Session-Id: s2"), head("Mcp-Session-Id: s1")},
}

func TestTwoCallersAreTwoSessionsAndTwoPrincipals(t *testing.T) {
	for name, pair := range callers {
		t.Run(name, func(t *testing.T) {
			events := record(t, setup{}, func(q *observe.Queue) {
				at := time.Now()
				for _, r := range []request{pair[0], pair[1], pair[0]} {
					r.play(q, at)
				}
			})
			if got, _ := assigned(events); got != "aba" {
				t.Errorf("sessions %s, want aba", got)
			}
			principals := map[string]string{}
			for _, e := range events {
				if e.Kind == schema.KindRequest {
					principals[e.SessionID.String()] = fmt.Sprintf("%+v", e.Principal)
				}
			}
			distinct := map[string]bool{}
			for _, p := range principals {
				distinct[p] = true
			}
			if len(distinct) != 2 && !strings.Contains(name, "session ids") {
				t.Errorf("principals %v, want two", principals)
			}
			all, _ := json.Marshal(events)
			for _, secret := range []string{"secret-of-", "carol:pw", "mallory-key"} {
				if strings.Contains(string(all), secret) {
					t.Errorf("the record holds %s", secret)
				}
			}
		})
	}
}

// TestACallerThatTwoReadersCanTakeForTwoIsFlagged, and none of the two is named.
func TestACallerThatTwoReadersCanTakeForTwoIsFlagged(t *testing.T) {
	for name, c := range map[string]struct {
		request   request
		ambiguous bool
	}{
		"two values":        {auth(jwt(alice, "s"), jwt(bob, "s")), true},
		"an empty value":    {auth("", jwt(bob, "s")), true},
		"two keys":          {head("Authorization: Bearer x", "X-Api-Key: k1", "X-Api-Key: k2"), true},
		"two session ids":   {head("Mcp-Session-Id: s1", "Mcp-Session-Id: s2"), true},
		"a claim twice":     {auth(jwt(`{"iss":"i","sub":"mallory","sub":"alice"}`, "s")), true},
		"a parameter twice": {query("key=a&key=b"), true},
		"one value":         {auth(jwt(alice, "s")), false},
		"two cookie lines":  {head("Cookie: a=1", "Cookie: b=2"), false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range record(t, setup{}, func(q *observe.Queue) { c.request.play(q, time.Now()) }) {
				if e.Kind != schema.KindRequest {
					continue
				}
				if e.Flags.Has(schema.FlagAmbiguous) != c.ambiguous {
					t.Errorf("flags %v", e.Flags.Names())
				}
				if c.ambiguous && e.Principal.Subject != "" {
					t.Errorf("an ambiguous credential is recorded as %s", e.Principal.Subject)
				}
			}
		})
	}
}

// TestOneCallerIsOneSession where the credential changes and the wire shows that it is
// the same caller.
func TestOneCallerIsOneSession(t *testing.T) {
	with := func(r request, session string) request {
		r.head = append(r.head, "Mcp-Session-Id: "+session)
		return r
	}
	first := func(r request) request { r.shown = "s1"; return r }
	for name, requests := range map[string][]request{
		"a refreshed token":                   {auth(jwt(`{"iss":"i","sub":"a","jti":"1"}`, "s")), auth(jwt(`{"iss":"i","sub":"a","jti":"2"}`, "t"))},
		"a refreshed token without an issuer": {first(auth(jwt(`{"sub":"a","jti":"1"}`, "s"))), with(auth(jwt(`{"sub":"a","jti":"2"}`, "t")), "s1")},
		"a refreshed token without a subject": {first(auth(jwt(`{"client_id":"c","jti":"1"}`, "s"))), with(auth(jwt(`{"client_id":"c","jti":"2"}`, "t")), "s1")},
		"cookies in another order":            {head("Cookie: a=1; b=2"), head("Cookie: b=2; a=1")},
		"a cookie that the answer sets":       {{sets: []string{"sid=1; Path=/"}}, head("Cookie: sid=1")},
		"a cookie that each answer changes":   {{sets: []string{"s=1"}}, {head: []string{"Cookie: s=1"}, sets: []string{"s=2"}}, {head: []string{"Cookie: s=2"}, sets: []string{"s=; Max-Age=0"}}, {}},
		"a cookie set with the session's id":  {{shown: "s1", sets: []string{"sid=1"}}, with(head("Cookie: sid=1"), "s1")},
		"a load balancer's cookie":            {head("Cookie: AWSALB=1"), head("Cookie: AWSALB=2")},
		"another parameter":                   {query("api_key=a&page=1"), query("api_key=a&page=2")},
	} {
		t.Run(name, func(t *testing.T) {
			events := record(t, setup{}, func(q *observe.Queue) {
				at := time.Now()
				for _, r := range requests {
					r.play(q, at)
				}
			})
			if got, _ := assigned(events); strings.Trim(got, "a") != "" {
				t.Errorf("sessions %s, want one", got)
			}
		})
	}
}

// TestALegacyStreamWithAKeyInItsAddressKeepsItsPosts: the client posts to the address that
// the server gave, and the key may be missing there.
func TestALegacyStreamWithAKeyInItsAddressKeepsItsPosts(t *testing.T) {
	events := record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		visit{verb: "GET", url: "/sse?api_key=a", status: 200, stream: true, answer: "event: endpoint\ndata: /messages?sessionId=s1\n\n"}.play(q, at)
		visit{url: "/messages?sessionId=s1", request: `{"id":1,"method":"ping"}`, status: 202}.play(q, at)
	})
	if got, _ := assigned(events); got != "aa" {
		t.Errorf("sessions %s, want one", got)
	}
}
