package wire_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// TestTheMembersOfAnEventHaveTheNamesOfItsFields holds the JSON of an event against the
// schema's list of fields, so that one thing has one name from the table to the API.
func TestTheMembersOfAnEventHaveTheNamesOfItsFields(t *testing.T) {
	of := map[string]string{"mono_ms": "mono", "duration_ms": "duration", "payload_base64": "payload", "principal": "principal_subject"}
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
