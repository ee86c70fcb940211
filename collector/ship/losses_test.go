package ship

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
)

// TestAHoleIsKnownByWhatStandsAroundIt says what is read of a spool: "e5" is event 5,
// "s7" a seal of a run that ends before 7, "?2" damage of two records, "!e6" and "!s6"
// damage whose heading can be read, "??" damage of nobody knows how many.
func TestAHoleIsKnownByWhatStandsAroundIt(t *testing.T) {
	for name, c := range map[string]struct {
		read []string
		want string
	}{
		"an event between events":      {[]string{"e0", "?1", "e2"}, "1 records, events 1-1"},
		"several":                      {[]string{"e0", "?3", "e4"}, "3 records, events 1-3"},
		"one with a heading":           {[]string{"e0", "!e1", "e2"}, "1 records, events 1-1, known 1"},
		"a seal between events":        {[]string{"e0", "e1", "?1", "e2"}, "1 records, seals 1 in 2-2"},
		"a seal with a heading":        {[]string{"e0", "!s1", "e1"}, "1 records, seals 1 in 1-1"},
		"events and a seal":            {[]string{"e0", "?4", "e4"}, "4 records, events 1-3, seals 1 in 1-4"},
		"before a seal":                {[]string{"e0", "?1", "s2"}, "1 records, events 1-1"},
		"nobody knows how many":        {[]string{"e0", "??", "e9"}, "8? records, events 1-8"},
		"at the start":                 {[]string{"?2", "e2"}, "2 records, events 0-1"},
		"behind what was freed":        {[]string{"?2", "e40"}, "2 records, events 38-39"},
		"at the end":                   {[]string{"e0", "?2"}, "2 records, events 1-2"},
		"at the end, with a heading":   {[]string{"e0", "!e1"}, "1 records, events 1-1, known 1"},
		"a seal at the end":            {[]string{"e0", "!s1"}, "1 records, seals 1 in 1-1"},
		"two pieces are one loss":      {[]string{"e0", "?1", "?1", "e3"}, "2 records, events 1-2"},
		"a refused number in the loss": {[]string{"e0", "?1", "e3"}, "1 records, events 1-2"},
	} {
		t.Run(name, func(t *testing.T) {
			th := &numbering{epoch: uuid.UUID{1}}
			got := ""
			tell := func(h *loss) {
				if h != nil {
					got += describe(h)
				}
			}
			number := uint64(0)
			for _, text := range c.read {
				d := spool.Damage{From: number, Known: true, To: number + 1, Bytes: 1}
				var n uint64
				if _, err := fmt.Sscanf(text, "e%d", &n); err == nil {
					tell(th.advance(&durable.Record{CollectorSeq: n}))
					continue
				}
				if _, err := fmt.Sscanf(text, "s%d", &n); err == nil {
					tell(th.advance(&durable.Record{CollectorSeq: n, Seal: true}))
					continue
				}
				switch {
				case text == "??":
					d.To, d.Known = d.From, false
				case text[0] == '?':
					fmt.Sscanf(text, "?%d", &n)
					d.To = d.From + n
				default:
					fmt.Sscanf(text[2:], "%d", &n)
					d.Lost = []spool.Lost{{CollectorSeq: n, Seq: n, Seal: text[1] == 's'}}
				}
				th.addDamage(&d, &shipment{})
			}
			tell(th.end())
			if got != c.want {
				t.Errorf("%v: got %s, want %s", c.read, got, c.want)
			}
		})
	}
}

func describe(h *loss) string {
	unknown := ""
	if h.damage.Unknown {
		unknown = "?"
	}
	s := fmt.Sprintf("%d%s records", h.damage.Records, unknown)
	for _, r := range h.damage.Lost.Events {
		s += fmt.Sprintf(", events %d-%d", r.From, r.To)
	}
	for _, r := range h.damage.Lost.Seals {
		s += fmt.Sprintf(", seals %d in %d-%d", r.Count, r.From, r.To)
	}
	for _, e := range h.damage.Events {
		s += fmt.Sprintf(", known %d", e.Seq)
	}
	return s
}

// TestAStateIsWrittenOverInPlace: a full disk has no second block for it.
func TestAStateIsWrittenOverInPlace(t *testing.T) {
	dir, epoch := t.TempDir(), uuid.Must(uuid.NewV7())
	s, err := spool.Open(spool.Options{Dir: dir, Epoch: epoch}, discard)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Append(t.Context(), []durable.Record{{Value: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, epoch.String(), spool.StateName)
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []State{{Recording: strings.Repeat("long ", 100), Lost: 12}, {Recording: "short"}} {
		if err := WriteState(dir, epoch, want); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadState(dir, epoch); err != nil || got != want {
			t.Errorf("read %+v, %v", got, err)
		}
	}
	if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) || after.Size() != before.Size() {
		t.Errorf("the file is another: %v", err)
	}
}
