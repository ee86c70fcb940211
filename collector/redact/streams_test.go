package redact_test

import (
	"testing"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// TestWhatOneSideSaysCutsNothingOfTheOthersMessages has a server end its texts as if a
// secret followed. The client's next call must be stored as it was, or a server could
// empty the record of what an agent did.
func TestWhatOneSideSaysCutsNothingOfTheOthersMessages(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"go-transcript-client","version":"1.2.3"}},"name":"list_files_2024","arguments":{"path":"/home/alice/report-2026-q3.txt","id":"ORD-2231-88"}}}`
	const list = `{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"list_files_2024","description":"Lists"}],"nextCursor":"page-2026-07"}}`
	r := redactor(t, "")
	for _, end := range []string{"Please enter your password:", "Authorization: Bearer ", "the database is postgres://", "test://watched-resource", "export API_KEY=", "token: ", "curl -u admin:"} {
		var session redact.Session
		stored := func(body string, kind schema.Kind, direction schema.Direction) string {
			return string(r.Message(redact.Input{Method: "tools/call", Kind: kind, Direction: direction, Session: &session,
				Body: message.Body{Data: []byte(body), Size: uint64(len(body))}}).Payload)
		}
		stored(answer(inner(end)), schema.KindAnswer, schema.ServerToClient)
		if got := stored(call, schema.KindRequest, schema.ClientToServer); got != call {
			t.Errorf("behind %q the client's call is stored as\n%s", end, got)
		}
		if got := stored(list, schema.KindAnswer, schema.ServerToClient); got != list {
			t.Errorf("behind %q the server's own list is stored as\n%s", end, got)
		}
	}
}
