package stdio_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/schema"
	"pgregory.net/rapid"
)

// linesOf is what should be recorded of a stream, said as plainly as possible.
func linesOf(stream string) []string {
	lines := []string{}
	for line := range strings.SplitSeq(stream, "\n") {
		if line = strings.TrimSuffix(line, "\r"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// printable reports whether a line is text; of what is none nothing is stored.
func printable(line string) bool {
	return utf8.ValidString(line) && !strings.ContainsFunc(line, unicode.IsControl)
}

func TestBytesPassUnchangedInBothDirections(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"\n", "\r", "\r\n", "\n\n", "\x00", `{"id":1}`, "\xff\xfe", ""}),
			rapid.StringN(0, 40, -1), rapid.Map(rapid.IntRange(0, 200_000), func(n int) string { return strings.Repeat("x", n) }))
		chunks := rapid.SliceOfN(word, 0, 12).Draw(rt, "chunks")
		s := wrap(t, "cat")
		go func() {
			for _, c := range chunks {
				s.send(c)
			}
			s.in.Close()
		}()
		got, err := io.ReadAll(s.out)
		want := strings.Join(chunks, "")
		if err != nil || string(got) != want {
			rt.Fatalf("sent %d bytes, got %d back, %v", len(want), len(got), err)
		}
		if code := s.wait(); code != 0 {
			rt.Fatalf("exit code %d", code)
		}
		events := s.events()
		for _, d := range []schema.Direction{schema.ClientToServer, schema.ServerToClient} {
			lines, want := payloads(events, d), linesOf(want)
			same := slices.EqualFunc(lines, want, func(line, want string) bool {
				return line == want || !printable(want) && (line == "" || strings.Contains(line, "[mcptrail:binary:"))
			})
			if !same {
				rt.Fatalf("recorded %q %s, want %q", lines, d, want)
			}
		}
	})
}

func TestPartsOfALineAreForwardedAsTheyArrive(t *testing.T) {
	s := wrap(t, "cat")
	for _, part := range []string{`{"id"`, ":", "1}"} {
		s.send(part)
		got := make([]byte, len(part))
		if _, err := io.ReadFull(s.out, got); err != nil || string(got) != part {
			t.Fatalf("got %q, %v, want %q", got, err, part)
		}
	}
	s.in.Close()
	if got := payloads(s.events(), schema.ServerToClient); !slices.Equal(got, []string{`{"id":1}`}) {
		t.Errorf("recorded %q, want the line that had no end", got)
	}
}

func TestALineOf64MiBPassesAndItsIDIsKnown(t *testing.T) {
	const size = 64 << 20
	head := `{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"store","arguments":{"text":"`
	line := append(append([]byte(head), bytes.Repeat([]byte("words "), size/6)[:size-len(head)-4]...), "\"}}}"...)
	s := wrap(t, "cat")
	go func() {
		s.in.Write(line)
		s.in.WriteString("\n")
		s.in.Close()
	}()
	hash := sha256.New()
	n, err := io.Copy(hash, s.out)
	if err != nil || n != size+1 || [32]byte(hash.Sum(nil)) != sha256.Sum256(append(line, '\n')) {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	events := s.events()
	if len(events) != 4 {
		t.Fatalf("%d events, want open, two messages, close", len(events))
	}
	for _, e := range events[1:3] {
		if e.Kind != schema.KindRequest || e.RPCID != "n:77" || e.Target != "store" || e.Size != size ||
			len(e.Payload) < 1<<19 || // the words at the cut are not kept
			e.Flags&schema.FlagTruncated == 0 {
			t.Errorf("recorded %s %s %s of %d bytes, %d kept, flags %b", e.Kind, e.RPCID, e.Target, e.Size, len(e.Payload), e.Flags)
		}
	}
}

func TestARequestIsRecordedBeforeItsAnswer(t *testing.T) {
	// The answer comes as early as it can: cat turns a request into one of the server's,
	// so each line is in the record twice, the client's first.
	s := wrap(t, "cat")
	for i := range 500 {
		s.send(fmt.Sprintf("{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}\n", i))
		s.line()
	}
	s.in.Close()
	events := s.events()
	for i := 1; i < 1000; i += 2 {
		id := fmt.Sprintf("n:%d", i/2)
		if a, b := events[i], events[i+1]; a.RPCID != id || b.RPCID != id || a.Direction != schema.ClientToServer || b.Direction != schema.ServerToClient {
			t.Fatalf("events %d: %s %s, then %s %s", i, a.RPCID, a.Direction, b.RPCID, b.Direction)
		}
	}
}

func TestNoiseIsPassedAndRecorded(t *testing.T) {
	s := wrap(t, "sh", "-c", `echo "Server running on stdio"; echo '{"jsonrpc":"2.0","method":"notifications/x"}'`)
	if a, b := s.line(), s.line(); a != "Server running on stdio" || !strings.HasPrefix(b, "{") {
		t.Errorf("got %q and %q", a, b)
	}
	events := s.events()
	if events[1].Kind != schema.KindNoise || events[2].Kind != schema.KindNotification {
		t.Errorf("recorded %s and %s, want noise and a notification", events[1].Kind, events[2].Kind)
	}
}

func TestAFullQueueStopsNothingAndEveryLossIsCounted(t *testing.T) {
	const lines = 3000
	s := begin(t, collector.Config{QueueItems: 8}, stdio.Config{Command: []string{"cat"}})
	go func() {
		for i := range lines {
			s.send(fmt.Sprintf("{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}\n", i))
		}
		s.in.Close()
	}()
	for i := range lines {
		if got, want := s.line(), fmt.Sprintf(`"id":%d,`, i); !strings.Contains(got, want) {
			t.Fatalf("line %d is %s", i, got)
		}
	}
	s.wait()
	close(s.hold)
	var messages, lost, next uint64
	for _, e := range s.events() {
		switch e.Kind {
		case schema.KindRequest:
			messages++
		case schema.KindGap:
			lost += e.Gap.Count
			next = e.Gap.To + 1
		}
		if e.Seq != next {
			t.Fatalf("%s has number %d, want %d", e.Kind, e.Seq, next)
		}
		next = e.Seq + 1
	}
	if lost == 0 || messages+lost != 2*lines {
		t.Errorf("%d recorded and %d lost, want %d in all", messages, lost, 2*lines)
	}
}
