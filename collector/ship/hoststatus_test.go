package ship

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
)

func TestTroublesSayWhatToDo(t *testing.T) {
	old, now := time.Now().Add(-2*time.Minute), time.Now()
	for name, c := range map[string]struct {
		set   spool.SetStatus
		state *State
		says  string
	}{
		"all is well":                   {spool.SetStatus{Held: true, Waiting: 5, Oldest: old}, &State{}, ""},
		"a dead one's records wait":     {spool.SetStatus{Waiting: 5, Oldest: old}, &State{}, "mcptrail-collector ship"},
		"just died":                     {spool.SetStatus{Waiting: 5, Oldest: now}, &State{}, ""},
		"dead, and said nothing":        {spool.SetStatus{Waiting: 5, Oldest: old}, nil, "mcptrail-collector ship"},
		"no room":                       {spool.SetStatus{Held: true}, &State{Full: true}, "--spool-bytes"},
		"nobody says what is stored":    {spool.SetStatus{Held: true, Waiting: 5}, &State{NoReceipts: true}, "--receipts"},
		"nobody says it, nothing waits": {spool.SetStatus{Held: true}, &State{NoReceipts: true}, ""},
		"the broker lost something":     {spool.SetStatus{Held: true, Waiting: 5}, &State{Resending: logReplaced}, "lost what it had acknowledged"},
		"it had, and is dead":           {spool.SetStatus{Waiting: 5, Oldest: now}, &State{Resending: logReplaced}, ""},
		"a disk without space":          {spool.SetStatus{Held: true}, &State{Full: true, NoReserve: true}, "too little free space"},
		"the spool was removed":         {spool.SetStatus{Held: true}, &State{Replaced: 2}, "removed or replaced under the collector (2 times)"},
		"messages are in no gap":        {spool.SetStatus{Held: true}, &State{Unrecorded: 3422}, "3422 messages passed and are neither"},
		"messages were lost":            {spool.SetStatus{Held: true}, &State{Lost: 7}, "7 messages were lost"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.set.Epoch = uuid.Must(uuid.NewV7())
			if c.state != nil {
				s, err := spool.Open(spool.Options{Dir: dir, Epoch: c.set.Epoch}, discard)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := s.Append(t.Context(), []durable.Record{{Value: []byte("x")}}); err != nil {
					t.Fatal(err)
				}
				if err := WriteState(dir, c.set.Epoch, *c.state); err != nil {
					t.Fatal(err)
				}
			}
			got := strings.Join(statusOf(dir, c.set).Troubles, "\n")
			if (c.says == "") != (got == "") || !strings.Contains(got, c.says) {
				t.Errorf("says %q, want %q", got, c.says)
			}
		})
	}
}
