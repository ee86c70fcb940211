package schema

import (
	"encoding/json"

	"github.com/google/uuid"
)

// LostRange is the member "lost" of a gap event's payload: the collector_seq From to
// To of that epoch were given out and sealed, and the events were lost before they
// were stored. The epoch can be another, dead one, whose spool was found damaged.
// Only a gap that is itself under a valid seal excuses a missing event.
type LostRange struct {
	Epoch uuid.UUID `json:"epoch"`
	From  uint64    `json:"from"`
	To    uint64    `json:"to"`
}

// Lost returns what the payload of a gap event says was lost after it had been
// numbered, and false where it says nothing of the kind.
func (e *Event) Lost() (LostRange, bool) {
	if e.Kind != KindGap || len(e.Payload) == 0 {
		return LostRange{}, false
	}
	var payload struct {
		Lost *LostRange `json:"lost"`
	}
	if json.Unmarshal(e.Payload, &payload) != nil || payload.Lost == nil || payload.Lost.To < payload.Lost.From {
		return LostRange{}, false
	}
	return *payload.Lost, true
}
