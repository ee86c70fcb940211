package verify_test

import (
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
)

// placed is an event's place as ingest stores it.
func placed(e *schema.Event) schema.Location {
	p := schema.Location{Topic: "mcptrail.events", Partition: 1, Offset: int64(e.CollectorSeq), Hash: schema.LeafHash(e.Append(nil)), StoredAt: begin}
	p.Sum = p.Checksum()
	return p
}

// TestAnEditOfWhatIngestStoredIsFound edits columns that no seal covers.
func TestAnEditOfWhatIngestStoredIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *record, places []schema.Location)
		broken uint64
		says   string
	}{
		"nothing":                         {func(*record, []schema.Location) {}, 0, ""},
		"stored before there were sums":   {func(_ *record, p []schema.Location) { p[5].Sum = schema.Hash{} }, 0, ""},
		"a topic":                         {func(_ *record, p []schema.Location) { p[5].Topic = "another" }, 1, "column topic, kafka_partition, kafka_offset, stored_at or place"},
		"an offset":                       {func(_ *record, p []schema.Location) { p[5].Offset++ }, 1, "where or when it was stored was changed"},
		"a hash":                          {func(_ *record, p []schema.Location) { p[5].Hash[0] ^= 1 }, 1, "column hash"},
		"a hash, with its sum":            {func(_ *record, p []schema.Location) { p[5].Hash[0] ^= 1; p[5].Sum = p[5].Checksum() }, 1, "column hash"},
		"a column that is in no event":    {func(_ *record, p []schema.Location) { p[5].Stray = "gap_count" }, 1, "a column holds what the event does not"},
		"the fields of one not sealed":    {func(r *record, _ []schema.Location) { r.runs = r.runs[:2]; edit(r, 11).Target = "another" }, 1, "its fields are not those that ingest stored"},
		"the hash of one not sealed":      {func(r *record, p []schema.Location) { r.runs = r.runs[:2]; p[9].Hash[0] ^= 1 }, 1, "column hash"},
		"a sealed event in a lost column": {func(r *record, p []schema.Location) { edit(r, 5).Payload = []byte("{}"); p[5].Stray = "payload_lost" }, 1, "column payload_lost"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := chained()
			var places []schema.Location
			for _, e := range r.events {
				places = append(places, placed(e))
			}
			c.change(r, places)
			v := verify.New(verify.Options{Trusted: r.collector.Trusted()})
			for _, run := range r.runs {
				v.AddSeal(run)
			}
			for i, e := range r.events {
				v.AddEvent(e.Append(nil), &places[i])
			}
			if report := v.Finish(); report.Broken != c.broken || report.Mismatches != c.broken || !strings.Contains(say(report), c.says) {
				t.Errorf("%+v, want %q%s", report, c.says, say(report))
			}
		})
	}
}

// TestARepeatIsCheckedLikeTheFirst edits the place of an event that is stored twice.
func TestARepeatIsCheckedLikeTheFirst(t *testing.T) {
	r, _ := chained()
	v := verify.New(verify.Options{Trusted: r.collector.Trusted()})
	for _, run := range r.runs {
		v.AddSeal(run)
	}
	for _, e := range r.events {
		place := placed(e)
		v.AddEvent(e.Append(nil), &place)
		place.Offset++
		v.AddEvent(e.Append(nil), &place)
	}
	if report := v.Finish(); report.Repeats != 12 || report.Mismatches != 12 || report.Verified != 12 {
		t.Errorf("%+v", report)
	}
}

func TestBytesThatAreNoEventAreFoundWithTheirPlace(t *testing.T) {
	v := verify.New(verify.Options{})
	v.AddEvent([]byte("x"), &schema.Location{Topic: "mcptrail.events", Partition: 3, Offset: 7})
	if report := v.Finish(); report.Status() != 1 || report.Broken != 1 || !strings.Contains(say(report), `unreadable: a stored event is none: `) ||
		!strings.Contains(say(report), `topic "mcptrail.events", partition 3, offset 7`) {
		t.Errorf("%+v%s", report, say(report))
	}
}
