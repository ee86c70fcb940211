package cli

import (
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/schema"
)

// TestWhatWasTakenAwayIsShown asks for a session with cuts, with a withheld body and
// with messages that the policy left out, in every way in which it can be seen.
func TestWhatWasTakenAwayIsShown(t *testing.T) {
	record, url := serve(t)
	const mark = "[mcptrail:github:71ea25704c53e900]"
	s := recordtest.NewSession(7)

	s.Call("tools/call", "read_file", `{"name":"read_file"}`, schema.OutcomeOK, `{"content":[{"type":"text","text":"x `+mark+`"}]}`)
	answer := s.Events[len(s.Events)-1]
	answer.Redactions = []schema.Redaction{{Pointer: "/result/content/0/text", Rule: "github", Length: 40, Token: mark}}
	answer.Commitment = schema.Hash{1, 2}
	s.Add(schema.Event{Kind: schema.KindStderr, Direction: schema.ServerToClient, Size: 9_000_000, Flags: schema.FlagWithheld,
		Redactions: []schema.Redaction{{Rule: "withheld-size", Length: 9_000_000}}})
	s.Add(schema.Event{Kind: schema.KindClose, Payload: []byte(`{"reason":"exit","left_out":[{"rule":"capture.rules[1]","policy":"abcd","messages":3,"bytes":70}]}`)})
	record.Store(t, s.Events...)
	id := recordtest.ID(7).String()
	for command, wants := range map[string][]string{
		"show " + id: {"read_file  (github cut, 40 bytes)", "stderr  (withheld, 9000000 bytes withheld by size)",
			"Not recorded because the capture policy says so:\n  3 messages, 70 bytes: capture.rules[1] of policy abcd"},
		"show --json " + id: {`"redactions":[{"rule":"github","count":1,"length":40}]`, `"redactions":[{"rule":"withheld-size","count":1,"length":9000000}]`,
			`"left_out":[{"rule":"capture.rules[1]","policy":"abcd","messages":3,"bytes":70}]`},
		"events " + id: {"9000000 bytes withheld by size"},
		"events --json " + id: {`"redactions":[{"pointer":"/result/content/0/text","rule":"github","length":40,"token":"` + mark + `"}]`,
			`"commitment":"0102` + strings.Repeat("00", 30) + `"`, `"flags":["withheld"],"payload":null`},
		"search " + mark:          {"tools/call", "x " + mark},
		"search 71ea25704c53e900": {"x " + mark},
	} {
		var out, notes strings.Builder
		if status := run(t.Context(), &out, &notes, append([]string{"--url=" + url}, strings.Fields(command)...)...); status > 1 {
			t.Errorf("%s: status %d\n%s", command, status, &notes)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s shows no %s\n%s", command, want, &out)
			}
		}
	}
}
