package interpret_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// canaries are credentials by the place they were said in.
type canaries map[string]string

func (c canaries) at(place string) string {
	token := "ghp_" + fmt.Sprintf("%x", identity.Key{}.Sum("canary", place))[:36]
	c[token[4:]] = place
	return token
}

// leaks names the places whose credential is in any byte of an event.
func (c canaries) leaks(t *testing.T, events []*schema.Event) {
	t.Helper()
	for _, e := range events {
		bytes := string(e.Append(nil))
		for token, place := range c {
			if strings.Contains(bytes, token[:12]) || strings.Contains(bytes, token[24:]) {
				t.Errorf("the credential of %s is in event %d, %s %s: %+v", place, e.Seq, e.Kind, e.Method, *e)
			}
		}
	}
}

// TestNoFieldOfAnEventHoldsWhatAPeerHides says a credential in everything that a peer
// can choose, body and all around it.
func TestNoFieldOfAnEventHoldsWhatAPeerHides(t *testing.T) {
	c := canaries{}
	call := func(id int) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":"%s","method":"tools/call","params":{"name":"%s","arguments":{"%s":1},"task":{"taskId":"%s"},
			"_meta":{"progressToken":"%s","io.modelcontextprotocol/clientInfo":{"name":"%s","version":"%s"},"io.modelcontextprotocol/protocolVersion":"%s",
			"openai/session":"%s","traceparent":"00-%s-%s-01","tracestate":"a=%s","baggage":"session.id=%s","%s":"x"},"requestState":"%s"},"%s":0}`,
			c.at(fmt.Sprint("rpc id ", id)), c.at("tool name"), c.at("argument name"), c.at("task id"), c.at("progress token"), c.at("client name"), c.at("client version"),
			c.at("protocol version"), c.at("meta key's value"), c.at("trace id"), c.at("span id"), c.at("trace state"), c.at("baggage"), c.at("meta name"),
			c.at("request state"), c.at("member of the envelope"))
	}
	answer := `{"jsonrpc":"2.0","id":"` + c.at("rpc id 1") + `","result":{"resultType":"` + c.at("result type") + `","taskId":"` + c.at("answer's task") + `",
		"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"` + c.at("server name") + `","version":"` + c.at("server version") + `"}}}}`
	events := record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		head := func() http.Header {
			h := http.Header{}
			claims := fmt.Sprintf(`{"iss":"https://%s@idp/%s","sub":"%s","client_id":"%s","scope":"a %s","jti":"%s","act":{"sub":"%s"}}`, c.at("issuer's user"), c.at("issuer"), c.at("subject"),
				c.at("client id"), c.at("scope"), c.at("token id"), c.at("actor"))
			h.Set("Authorization", "Bearer e30."+base64.RawURLEncoding.EncodeToString([]byte(claims))+"."+c.at("signature"))
			for _, name := range []string{"User-Agent", "Cookie", "X-Api-Key", "DPoP", "Mcp-Session-Id", "Mcp-Method", "Mcp-Name", "Mcp-Param-Key", "Origin", "Referer", "Last-Event-ID",
				"Mcp-Protocol-Version", "Accept", "Content-Type", "Traceparent", "Baggage", "X-Forwarded-For"} {
				h.Set(name, c.at(name))
			}
			h.Set("Traceparent", "00-"+c.at("trace id")+"-"+c.at("span id")+"-01")
			return h
		}
		x := func(verb string) *observe.Exchange {
			return q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, Peer: "127.0.0.1",
				HTTP: &observe.RequestHead{Verb: verb, URL: "/mcp/" + c.at("path") + "?key=" + c.at("query") + "#" + c.at("fragment"), Header: head()}}, at)
		}
		for status, challenge := range map[int]string{
			200: "", 403: c.at("scheme of the challenge"),
			401: fmt.Sprintf(`Bearer error="%s", scope="%s", realm="%s", resource_metadata="https://h/%s?x=%s"`, c.at("error"), c.at("required scope"), c.at("realm"), c.at("metadata"), c.at("metadata's query")),
		} {
			e := x("POST")
			e.Message(schema.ClientToServer, body(call(1)), at)
			h := http.Header{"Content-Type": {"text/" + c.at("content type") + "; charset=" + c.at("charset")}, "Set-Cookie": {c.at("set-cookie")}}
			if challenge != "" {
				h.Set("WWW-Authenticate", challenge)
			}
			e.Response(status, h, at)
			e.Message(schema.ServerToClient, body(map[bool]string{true: answer, false: `{"error":"` + c.at("page") + `"}`}[status == 200]), at)
			e.End(observe.EndEOF, at)
		}
		stream := x(c.at("verb"))
		stream.Response(200, http.Header{"Content-Type": {"text/event-stream"}}, at)
		sse.NewSplitter(1<<20, func(e sse.Event) { stream.Event(e, at) }).Write([]byte(": " + c.at("comment") + "\nid: " + c.at("event id") + "\nevent: " + c.at("event name") +
			"\nretry: " + c.at("retry") + "\n" + c.at("unknown field") + ": 1\ndata: no JSON " + c.at("event data") + "\n\nevent: endpoint\ndata: /m?s=" + c.at("endpoint") + "\n\n"))
		stream.End(observe.EndServer, at)
		basic := head()
		basic.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("joe-"+c.at("basic user")+":"+c.at("basic password"))))
		y := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/", Header: basic}}, at)
		y.Message(schema.ClientToServer, body(`{"id":null,"method":"`+c.at("method")+`"}`), at)
		y.End(observe.EndTransport, at)

		p := q.Begin(observe.Exchange{Transport: schema.TransportStdio, Upstream: c.at("upstream"), Process: &observe.Process{
			Command: []string{"run", c.at("argument"), "--url=https://u:" + c.at("password of a URL") + "@h/"}, Dir: "/home/" + c.at("directory"),
			Keys: []schema.Key{{Name: "SESSION", Value: c.at("environment"), Where: "env"}}}}, at)
		p.Message(schema.ServerToClient, body(`{"id":1,"error":{"code":-32000,"message":"`+c.at("error message")+`","data":{"`+c.at("error data's name")+`":"`+c.at("error data")+`"}}}`), at)
		p.Message(schema.ServerToClient, body("noise "+c.at("noise")), at)
		p.Stderr(body("token "+c.at("stderr")), at)
		p.Exit(observe.Exit{Reason: "exit"}, at)
	})
	c.leaks(t, events)
	if len(events) < 15 {
		t.Errorf("only %d events", len(events))
	}
}
