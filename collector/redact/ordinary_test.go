package redact_test

import (
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// payloadOf is what is stored of an answer with one text.
func payloadOf(r *redact.Redactor, text string) string {
	out := r.Message(redact.Input{Kind: schema.KindAnswer, Direction: schema.ServerToClient, Body: message.Body{Data: []byte(answer(inner(text)))}})
	return string(out.Payload)
}

// TestOrdinaryTextIsKept holds texts that have a word, a form or a digit of credentials and are none.
func TestOrdinaryTextIsKept(t *testing.T) {
	r := redactor(t, "")
	for _, text := range []string{
		"  -W, --password               forza la richiesta di una password",
		"content_hash: b21df7c6fe9898a6aab41f1fd99752c0610984e05ca6c66c6a1e858bf991a02e",
		"toolu_01BVs95UG96X637ThMWpKPDD and msg_01Rq6skaZINmroO55JTvUHLy",
		"| marble | size | pepper |\n|---|---|---|\n| otter | 6469 | 2026-05-07 |",
		"pass: 735, fail: 6",
		"password_changed_at: 2026-06-07T00:19:54.121Z",
		"curl -H 'Authorization: Bearer $TOKEN' https://api.example/",
		"Cookie: theme=dark; consent=61",
		"Set-Cookie: lang=en; Path=/; Max-Age=49056",
		"DB_PASSWORD: arn:aws:secretsmanager:eu-west-1:123456789012:secret:APP_DB",
		"PGPASSWORD=ssm:/prod/db",
		"189-44-9661",
		"self.passwd = password_mgr",
	} {
		if out := payloadOf(r, text); strings.Contains(out, "[mcptrail:") {
			t.Errorf("%q is cut: %s", text, out)
		}
	}
	for text, value := range map[string]string{
		"Cookie: session=Zk3hT9bQx2":             "Zk3hT9bQx2",
		"mysql --password  Zk3hT9bQx2":           "Zk3hT9bQx2",
		"password_pepper: Zk3hT9bQx2":            "Zk3hT9bQx2",
		"SSN 189-44-9661":                        "189-44-9661",
		"pass: 735421":                           "735421",
		"passwd = Zk3hT9bQx2":                    "Zk3hT9bQx2",
		"pat_01BVs95UG96X637ThMWpKPDD is a key.": "01BVs95UG96X",
	} {
		if out := payloadOf(r, text); strings.Contains(out, value) {
			t.Errorf("%q is kept: %s", text, out)
		}
	}
}
