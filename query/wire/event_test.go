package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
)

// TestTheMembersOfAnEventHaveTheNamesOfItsFields holds the JSON of an event against the
// schema's list of fields, so that one thing has one name from the table to the API.
func TestTheMembersOfAnEventHaveTheNamesOfItsFields(t *testing.T) {
	of := map[string]string{"mono_ms": "mono", "duration_ms": "duration", "payload_base64": "payload", "principal": "principal_subject",
		"waited_ms": "waited", "token": "token_id"}
	known := map[string]bool{}
	for _, f := range schema.Fields() {
		known[f.Column] = true
	}
	members := reflect.TypeFor[wire.Event]()
	for i := range members.NumField() {
		name, _, _ := strings.Cut(members.Field(i).Tag.Get("json"), ",")
		if field, renamed := of[name]; !known[name] && !(renamed && known[field]) {
			t.Errorf("%s is no field of the event", name)
		}
	}
}

// TestEverySetFieldIsShown changes one field of an event after the other: its JSON changes.
func TestEverySetFieldIsShown(t *testing.T) {
	// Those that place the event among others, which its address has, and what the session says.
	unshown := map[string]bool{"Version": true, "Tenant": true, "Epoch": true, "Prev": true, "Basis": true, "Clock": true, "RequestState": true,
		"SSEID": true, "SpanID": true, "ClientName": true, "ClientVersion": true, "ServerName": true, "ServerVersion": true, "ProtocolVersion": true,
		"Transport": true, "Upstream": true, "Peer": true}
	full := reflect.ValueOf(schematest.Full()).Elem()
	for i := range full.NumField() {
		name := full.Type().Field(i).Name
		if unshown[name] || full.Field(i).IsZero() {
			continue
		}
		without := *schematest.Full()
		reflect.ValueOf(&without).Elem().Field(i).SetZero()
		if shown(t, schematest.Full()) == shown(t, &without) {
			t.Errorf("%s is set and not shown", name)
		}
	}
}

func shown(t *testing.T, e *schema.Event) string {
	t.Helper()
	text, err := json.Marshal(wire.FromEvent(e))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAPayloadInAnotherCharsetIsShownDecoded, with the bytes as they came beside it.
func TestAPayloadInAnotherCharsetIsShownDecoded(t *testing.T) {
	payload := []byte("{\x00\"\x00a\x00\"\x00:\x001\x00}\x00")
	w := wire.FromEvent(&schema.Event{Charset: "utf-16le", Payload: payload})
	if string(w.Payload) != `{"a":1}` || string(w.PayloadBase64) != string(payload) || w.Charset != "utf-16le" {
		t.Errorf("%s %q %s", w.Payload, w.PayloadBase64, w.Charset)
	}
}
