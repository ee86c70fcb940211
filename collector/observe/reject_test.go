package observe_test

import (
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/observe"
)

func TestARejectionAnswersTheSender(t *testing.T) {
	for text, id := range map[string]string{
		`{"jsonrpc":"2.0","id":7,"method":"tools/call"}`:          `"id":7,`,
		`{"jsonrpc":"2.0","id":"a\"b","method":"tools/call"}`:     `"id":"a\"b",`,
		`{"jsonrpc":"2.0","id":12345678901234567890,"result":{}}`: `"id":12345678901234567890,`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`:              `"id":null,`,
		`{"jsonrpc":"2.0","method":"notifications/x"}`:            "",
		`no message`: "",
	} {
		got := string(observe.Rejection([]byte(text)))
		if id == "" && got != "" || id != "" && !strings.Contains(got, `{"jsonrpc":"2.0",`+id+`"error":{"code":-32000,`) {
			t.Errorf("%s is answered with %s", text, got)
		}
	}
}
