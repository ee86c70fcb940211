package message

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const limit = 64 << 10

// gathered is what is kept of a text that arrives in pieces.
func gathered(text string, piece int) Body {
	g := NewGather(limit)
	for len(text) > 0 {
		n := min(piece, len(text))
		g.Write([]byte(text[:n]))
		text = text[n:]
	}
	return g.Take()
}

// paddings are members and elements that fill a message.
func paddings() map[string]string {
	words := strings.Repeat("lorem ipsum ", 20_000)
	return map[string]string{
		"a long string":        `"pad":"` + words + `"`,
		"without a blank":      `"pad":"` + strings.Repeat("x", 300<<10) + `"`,
		"escapes":              `"pad":"` + strings.Repeat(`\\\"\n`, 50_000) + `"`,
		"many members":         strings.TrimSuffix(strings.Repeat(`"pad":1,`, 40_000), ","),
		"many numbers":         `"pad":[` + strings.TrimSuffix(strings.Repeat(`1,`, 200_000), ",") + `]`,
		"a deep list":          `"pad":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `,"more":"` + words + `"`,
		"deep objects":         `"pad":` + strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000) + `,"more":"` + words + `"`,
		"a long name":          `"` + strings.Repeat("n", 300<<10) + `":1`,
		"several long strings": strings.TrimSuffix(strings.Repeat(`"pad":"`+words[:40<<10]+`",`, 8), ","),
		"large objects":        strings.TrimSuffix(strings.Repeat(`"pad":{"a":"`+words[:30<<10]+`"},`, 8), ","),
	}
}

// TestNoPaddingHidesACall pads a call in every place in every way.
func TestNoPaddingHidesACall(t *testing.T) {
	for what, pad := range paddings() {
		for where, text := range map[string]string{
			"before all":          `{` + pad + `,"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/etc/passwd"}}}`,
			"after all":           `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/etc/passwd"}},` + pad + `}`,
			"around":              `{` + pad + `,"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/etc/passwd"}},` + pad + `}`,
			"around, in params":   `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{` + pad + `,"name":"delete","arguments":{"path":"/etc/passwd"},` + pad + `}}`,
			"in _meta":            `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":{` + pad + `},"name":"delete","arguments":{"path":"/etc/passwd"}}}`,
			"before the argument": `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{` + pad + `,"path":"/etc/passwd"}}}`,
			"after the argument":  `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/etc/passwd",` + pad + `}}}`,
			"in a batch":          `[{` + pad + `},{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/etc/passwd"}}},{` + pad + `}]`,
		} {
			for _, piece := range []int{1 << 30, 4093} {
				b := gathered(text, piece)
				if !b.Cut() || len(b.Data) > limit || int(b.Size) != len(text) {
					t.Errorf("%s, %s: %d of %d bytes are kept", what, where, len(b.Data), b.Size)
				}
				if !json.Valid(b.Data) {
					t.Errorf("%s, %s: what is kept is no JSON: %.300s … %s", what, where, b.Data, b.Data[max(0, len(b.Data)-200):])
				}
				for _, member := range []string{`"id":7`, `"method":"tools/call"`, `"name":"delete"`, `"path":"/etc/passwd"`} {
					if !strings.Contains(string(b.Data), member) {
						t.Errorf("%s, %s: %s is hidden", what, where, member)
					}
				}
			}
		}
	}
}

func TestWhatIsKeptOfALongStringEndsBetweenWords(t *testing.T) {
	text := `{"jsonrpc":"2.0","method":"x","params":{"text":"` + strings.Repeat("secretword ", 40_000) + `"}}`
	b := gathered(text, 1000)
	for _, word := range strings.Fields(strings.NewReplacer(`{"jsonrpc":"2.0","method":"x","params":{"text":"`, "", `"}}`, "").Replace(string(b.Data))) {
		if word != "secretword" && !strings.HasPrefix(word, "[") && !strings.HasSuffix(word, "]") && word != "bytes" && word != "not" {
			t.Fatalf("a word was cut: %q", word)
		}
	}
	if n := strings.Count(string(b.Data), "secretword"); n < limit/2/11 {
		t.Errorf("of the string %d words are kept", n)
	}
}

// TestPruningIsBounded prunes what no peer would send.
func TestPruningIsBounded(t *testing.T) {
	luck := rand.New(rand.NewPCG(1, 2))
	const parts = `{}[],:""\\ 1ab`
	for range 300 {
		text := make([]byte, 5000)
		for i := range text {
			text[i] = parts[luck.IntN(len(parts))]
		}
		text[0] = '{'
		for _, max := range []int{1024, 4096} {
			if kept := Prune(text, max); len(kept) > max+slack {
				t.Fatalf("%d bytes of %d are kept: %s", len(kept), max, text)
			}
		}
	}
	if kept := Prune([]byte(strings.Repeat("[", 1<<20)), 1<<20); len(kept) > 1024 {
		t.Errorf("%d bytes are kept of open brackets", len(kept))
	}
	whole := `{"jsonrpc":"2.0","id":1,"result":{"a":[1,2,{"b":null}],"c":"d"}}`
	if kept := Prune([]byte(whole), 4096); string(kept) != whole {
		t.Errorf("a short text is kept as %s", kept)
	}
}

func BenchmarkLongMessage(b *testing.B) {
	for what, pad := range map[string]string{
		"text":    `"text":"` + strings.Repeat("lorem ipsum ", 400_000) + `"`,
		"numbers": `"list":[` + strings.TrimSuffix(strings.Repeat(`17,`, 1_600_000), ",") + `]`,
		"objects": `"list":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","value":17},`, 200_000), ",") + `]`,
	} {
		text := []byte(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":{%s}}`, pad))
		b.Run(what, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				g := NewGather(1 << 20)
				for rest := text; len(rest) > 0; {
					n := min(32<<10, len(rest))
					g.Write(rest[:n])
					rest = rest[n:]
				}
				g.Take()
			}
		})
	}
}
