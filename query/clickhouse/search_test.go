package clickhouse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

func TestSearchFindsTextHoweverJSONSpellsIt(t *testing.T) {
	store, record := newStore(t)
	threeSessions(t, record)
	s := recordtest.NewSession(5)
	s.Add(schema.Event{Kind: schema.KindNotification, Direction: schema.ServerToClient, Method: "notifications/message",
		Payload: []byte(`{"data":"caf\u00e9 \ud83d\ude00 closes"}`)})
	s.Add(schema.Event{Kind: schema.KindStderr, Direction: schema.ServerToClient, Payload: []byte("half \xff a line\x1b[2J WARN disk low")})
	s.Add(schema.Event{Kind: schema.KindNotification, Direction: schema.ServerToClient, Method: "notifications/message",
		Payload: []byte(`{"data":"` + strings.Repeat("é", 1<<19) + ` needle ` + strings.Repeat("ü", 1000) + `"}`)})
	record.Store(t, s.Events...)
	for text, want := range map[string]string{
		"invoice":               "the «invoice» of Müller",
		"INVOICE OF MÜLLER":     "",
		"INVOICE OF Müller":     "the «invoice of Müller»",
		`"paid"`:                `Söhne, «\"paid\"»`,
		"café":                  `{"data":"«caf\u00e9» \ud83d\ude00 closes"}`,
		"😀 closes":              `caf\u00e9 «\ud83d\ude00 closes»"}`,
		"warn disk":             "a line\x1b[2J «WARN disk» low",
		"needle":                "é «needle» ü",
		"voice":                 "",
		`%' OR payload LIKE '%`: "",
	} {
		t.Run(text, func(t *testing.T) {
			page, err := store.Search.Find(t.Context(), wire.Search{Text: text}, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				if len(page.Items) > 0 {
					t.Fatalf("got %+v", page.Items)
				}
				return
			}
			if len(page.Items) != 1 {
				t.Fatalf("got %d hits", len(page.Items))
			}
			hit := page.Items[0]
			if got := marked(hit); !strings.Contains(got, want) {
				t.Errorf("got %q, want %q in it", got, want)
			}
			if len(hit.Snippet) > 3*(2*snippetBytes+len(text)) {
				t.Errorf("snippet of %d bytes", len(hit.Snippet))
			}
		})
	}
}

// marked is the snippet with its highlights in quotes.
func marked(hit wire.Hit) string {
	points := []rune(hit.Snippet)
	for _, h := range slices.Backward(hit.Highlights) {
		points = slices.Insert(points, h[1], '»')
		points = slices.Insert(points, h[0], '«')
	}
	return string(points)
}

func TestSearchTakesManyWords(t *testing.T) {
	store, record := newStore(t)
	var text string
	for n := range 85 {
		text += fmt.Sprintf("%02d ", n)
	}
	text = strings.TrimSpace(text)
	s := recordtest.NewSession(1)
	s.ReadFile("/a", text)
	record.Store(t, s.Events...)
	if page, err := store.Search.Find(t.Context(), wire.Search{Text: text}, "", 10); err != nil || len(page.Items) != 1 {
		t.Errorf("%d hits, %v", len(page.Items), err)
	}
}

func TestSearchPagesThroughAllHits(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	for range 50 {
		s.ReadFile("/a", "needle")
	}
	record.Store(t, s.Events...)
	record.Store(t, s.Events...) // repeats do not show
	var seqs []uint64
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		page, err := store.Search.Find(t.Context(), wire.Search{Text: "needle", Session: recordtest.ID(1).String()}, cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range page.Items {
			seqs = append(seqs, hit.Seq)
		}
		cursor = page.Next
	}
	if len(seqs) != 50 || !slices.IsSortedFunc(seqs, func(a, b uint64) int { return int(b) - int(a) }) {
		t.Errorf("got %d hits: %v", len(seqs), seqs)
	}
}

// TestSearchReadsByTheTextIndex keeps the condition one that the index serves.
func TestSearchReadsByTheTextIndex(t *testing.T) {
	store, record := newStore(t)
	threeSessions(t, record)
	for _, text := range []string{"invoice", "café closes"} {
		w := store.Search.where()
		w.contains(text)
		found, err := store.Search.conn.Query(t.Context(), "EXPLAIN indexes = 1 SELECT seq FROM events WHERE "+w.String(), w.parameters...)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for found.Next() {
			var line string
			if err := found.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, line)
		}
		if !strings.Contains(strings.Join(plan, "\n"), "payload_words") {
			t.Errorf("search for %q reads every payload:\n%s", text, strings.Join(plan, "\n"))
		}
	}
}
