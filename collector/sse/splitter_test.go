package sse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/sse"
	"pgregory.net/rapid"
)

func split(pieces ...string) (events []string, partial string) {
	s := sse.NewSplitter(1<<20, func(e sse.Event) {
		events = append(events, fmt.Sprintf("%s|%s|%s", e.ID, e.Name, e.Data.Data))
	})
	for _, p := range pieces {
		s.Write([]byte(p))
	}
	if b, ok := s.Partial(); ok {
		partial = string(b.Data)
	}
	return events, partial
}

func TestSplitterCutsEventsLikeABrowser(t *testing.T) {
	for name, c := range map[string]struct{ in, want, partial string }{
		"one event":                   {"event: message\nid: 7\ndata: {}\n\n", "7|message|{}", ""},
		"CRLF":                        {"data: a\r\n\r\ndata: b\r\n\r\n", "||a;||b", ""},
		"CR alone":                    {"data: a\r\rdata: b\r\r", "||a;||b", ""},
		"several data lines":          {"data: a\ndata: b\ndata:c\n\n", "||a\nb\nc", ""},
		"comments are no events":      {": keep-alive\n\ndata: a\n\n", "||a", ""},
		"a priming event":             {"id: 1\ndata: \n\n", "1||", ""},
		"an id alone":                 {"id: 1\n\n", "1||", ""},
		"empty data with no colon":    {"data\ndata: x\n\n", "||\nx", ""},
		"a byte order mark":           {"\ufeffdata: a\n\n", "||a", ""},
		"only one space is taken":     {"data:  a\n\n", "|| a", ""},
		"an unknown field":            {"retry: 5\ndatax: 1\ndata: a\n\n", "||a", ""},
		"an event that was cut off":   {"data: a\n\ndata: {\"id\"", "||a", "{\"id\""},
		"the end of the legacy era":   {"event: endpoint\ndata: /messages?s=1\n\n", "|endpoint|/messages?s=1", ""},
		"colons in the data are data": {"data: a:b:c\n\n", "||a:b:c", ""},
	} {
		t.Run(name, func(t *testing.T) {
			events, partial := split(c.in)
			if got := strings.Join(events, ";"); got != c.want || partial != c.partial {
				t.Errorf("got %q and %q, want %q and %q", got, partial, c.want, c.partial)
			}
		})
	}
}

func TestPiecesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"data: x", "data:", "data", "id: 1", "event: e", ":c", "\n", "\r", "\r\n", "\n\n", "y"})
		in := strings.Join(rapid.SliceOfN(words, 0, 30).Draw(t, "stream"), "")
		whole, partial := split(in)
		cut := rapid.IntRange(0, len(in)).Draw(t, "cut")
		pieces := []string{in[:cut]}
		for _, b := range []byte(in[cut:]) {
			pieces = append(pieces, string([]byte{b}))
		}
		again, partialAgain := split(pieces...)
		if strings.Join(whole, ";") != strings.Join(again, ";") || partial != partialAgain {
			t.Fatalf("%q in pieces: %q %q, at once: %q %q", in, again, partialAgain, whole, partial)
		}
	})
}

func TestLongDataIsCutAndSkimmed(t *testing.T) {
	var got sse.Event
	s := sse.NewSplitter(100, func(e sse.Event) { got = e })
	s.Write([]byte("data: {\"id\":5,\"result\":{\"text\":\""))
	for range 1000 {
		s.Write([]byte(strings.Repeat("x", 1000)))
	}
	s.Write([]byte("\"}}\n\n"))
	if len(got.Data.Data) > 100 || len(got.Data.Data) == 0 || got.Data.Size < 1_000_000 || !got.Data.Cut() || got.Data.Envelope == nil || got.Data.Envelope.ID != "n:5" {
		t.Errorf("kept %d of %d bytes, envelope %+v", len(got.Data.Data), got.Data.Size, got.Data.Envelope)
	}
}
