package schema_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

func TestAGapNamesTheNumbersThatWereLost(t *testing.T) {
	epoch := uuid.MustParse("01890000-0000-7000-8000-000000000009")
	want := schema.Lost{Events: []schema.LostRange{{Epoch: epoch, From: 7, To: 9}, {Epoch: epoch, From: 11, To: 11}},
		Seals: []schema.LostSeal{{Epoch: epoch, From: 12, To: 15, Count: 1}}}
	payload, err := json.Marshal(struct {
		Why string `json:"why"`
		schema.Lost
	}{"disk full", want})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []schema.Kind{schema.KindGap, schema.KindCollector} {
		if got := (&schema.Event{Kind: kind, Payload: payload}).Lost(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s of kind %s is read as %+v", payload, kind, got)
		}
	}
	for name, e := range map[string]schema.Event{
		"an event of another kind":     {Kind: schema.KindNoise, Payload: payload},
		"a gap of what had no number":  {Kind: schema.KindGap},
		"a gap with another payload":   {Kind: schema.KindGap, Payload: []byte(`{"why":"queue_full"}`)},
		"a payload that is no JSON":    {Kind: schema.KindGap, Payload: []byte(`lost`)},
		"a range that ends too early":  {Kind: schema.KindGap, Payload: []byte(`{"lost":[{"from":2,"to":1}]}`)},
		"a range of something strange": {Kind: schema.KindGap, Payload: []byte(`{"lost":[1,2]}`)},
	} {
		if got := e.Lost(); len(got.Events)+len(got.Seals) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
