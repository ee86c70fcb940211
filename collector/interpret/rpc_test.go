package interpret_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

func TestAMessageInPiecesIsFlagged(t *testing.T) {
	events := record(t, setup{}, func(q *observe.Queue) {
		x := stdio(q)
		for _, line := range []string{`{"jsonrpc":"2.0","id":8,`, `"method":"tools/list"}`, `{"id":1,"method":"ping"} trailing`, `server started`} {
			x.Message(schema.ClientToServer, body(line), time.Now())
		}
	})
	var flagged []bool
	for _, e := range events {
		if e.Kind == schema.KindNoise {
			flagged = append(flagged, e.Flags.Has(schema.FlagAmbiguous))
		}
	}
	if fmt.Sprint(flagged) != "[true true true false]" {
		t.Errorf("flagged %v", flagged)
	}
}

// TestABatchOfFarTooManyIsOneEvent, which is flagged: each of its parts would be one.
func TestABatchOfFarTooManyIsOneEvent(t *testing.T) {
	events := record(t, setup{}, func(q *observe.Queue) {
		stdio(q).Message(schema.ClientToServer, body("["+strings.Repeat(`{"method":"x"},`, 20_000)+"1]"), time.Now())
	})
	if len(events) > 4 {
		t.Fatalf("%d events", len(events))
	}
	for _, e := range events {
		if e.Kind == schema.KindNoise && e.Flags&schema.FlagAmbiguous != 0 {
			return
		}
	}
	t.Error("nothing is flagged")
}
