package schema

import (
	"encoding/json"

	"github.com/google/uuid"
)

// Lost is what an event's payload says was lost after it had been numbered and
// sealed, before it was stored: the member "lost" of a gap event, or of an event of
// kind collector, and "lost_seals" of the latter. Only an event that is itself under
// a valid seal excuses what is missing.
type Lost struct {
	Events []LostRange `json:"lost"`
	Seals  []LostSeal  `json:"lost_seals,omitempty"`
}

// LostRange is collector_seq From to To of an epoch, which can be another than that
// of the event: a dead one, whose spool was found damaged.
type LostRange struct {
	Epoch uuid.UUID `json:"epoch"`
	From  uint64    `json:"from"`
	To    uint64    `json:"to"`
}

// LostSeal says that Count seals of an epoch will never be seen, each of a run that
// ends (Seal.End) within From to To, both included.
type LostSeal struct {
	Epoch uuid.UUID `json:"epoch"`
	From  uint64    `json:"from"`
	To    uint64    `json:"to"`
	Count uint64    `json:"count"`
}

// Lost returns what the payload says was lost; nothing where it says nothing of the
// kind.
func (e *Event) Lost() (lost Lost) {
	if e.Kind != KindGap && e.Kind != KindCollector || len(e.Payload) == 0 {
		return Lost{}
	}
	if json.Unmarshal(e.Payload, &lost) != nil {
		return Lost{}
	}
	for _, r := range lost.Events {
		if r.To < r.From {
			return Lost{}
		}
	}
	return lost
}
