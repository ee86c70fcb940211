package rebuild_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

func TestPagesAddUpToTheTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := conversation(t)
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		whole := rebuilt(t, events)
		var paged query.Timeline
		for from := uint64(0); ; {
			page, err := rebuild.Page{From: from, Limit: limit}.Timeline(each(events))
			if err != nil {
				t.Fatal(err)
			}
			own := slices.DeleteFunc(slices.Clone(page.Operations), func(o query.Operation) bool { return o.Embedded != nil })
			if len(own) > limit {
				t.Fatalf("%d operations on a page of %d", len(own), limit)
			}
			paged.Operations = append(paged.Operations, page.Operations...)
			paged.Facts = append(paged.Facts, page.Facts...)
			paged.Unpaired = append(paged.Unpaired, page.Unpaired...)
			if page.NextSeq == nil {
				break
			}
			if *page.NextSeq <= from {
				t.Fatalf("page %d is followed by %d", from, *page.NextSeq)
			}
			from = *page.NextSeq
		}
		paged.Gaps = whole.Gaps
		if got, want := draw(&paged), draw(whole); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestAPageInTheMiddleKnowsWhatGoesOn reads from a point after the beginning.
func TestAPageInTheMiddleKnowsWhatGoesOn(t *testing.T) {
	tool := `{"name":"rm"}`
	events := []*schema.Event{open(), ask(c2s, "n:7", "tools/call", named("slow"))}
	events = append(events, listed("n:1", "", "", "", tool)...)
	for i := range 20 {
		id := fmt.Sprintf("n:%d", 100+i)
		events = append(events, ask(c2s, id, "tools/call", named("rm")), answer(s2c, id, "ok"))
	}
	late := answer(s2c, "n:7", "ok")
	late.RequestSeq = 1
	events = recorded(append(events, late)...)
	known, err := rebuild.CatalogueOf(each(events[:4]))
	if err != nil {
		t.Fatal(err)
	}
	page, err := rebuild.Page{From: 34, Limit: 100, Start: 30, Known: known}.Timeline(each(events[30:]))
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Operations) != 5 || page.Operations[0].Seq != 34 || page.Operations[0].Definition == nil || *page.Operations[0].Definition != addressOf(t, tool) ||
		len(page.Unpaired) != 0 || len(page.Gaps) != 0 || page.Integrity.FirstBadSeq != nil || page.NextSeq != nil {
		t.Errorf("%s%+v", draw(page), page.Integrity)
	}
}
