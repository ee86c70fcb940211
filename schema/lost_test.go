package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

func TestAGapNamesTheNumbersThatWereLost(t *testing.T) {
	want := schema.LostRange{Epoch: uuid.MustParse("01890000-0000-7000-8000-000000000009"), From: 7, To: 9}
	payload, err := json.Marshal(struct {
		Why  string           `json:"why"`
		Lost schema.LostRange `json:"lost"`
	}{"disk full", want})
	if err != nil {
		t.Fatal(err)
	}
	e := schema.Event{Kind: schema.KindGap, Payload: payload}
	if got, ok := e.Lost(); !ok || got != want {
		t.Errorf("%s is read as %+v, %v", payload, got, ok)
	}
	for name, e := range map[string]schema.Event{
		"an event of another kind":     {Kind: schema.KindNoise, Payload: payload},
		"a gap of what had no number":  {Kind: schema.KindGap},
		"a gap with another payload":   {Kind: schema.KindGap, Payload: []byte(`{"why":"queue_full"}`)},
		"a payload that is no JSON":    {Kind: schema.KindGap, Payload: []byte(`lost`)},
		"a range that ends too early":  {Kind: schema.KindGap, Payload: []byte(`{"lost":{"from":2,"to":1}}`)},
		"a range of something strange": {Kind: schema.KindGap, Payload: []byte(`{"lost":[1,2]}`)},
	} {
		if got, ok := e.Lost(); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
