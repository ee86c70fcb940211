package redact_test

import (
	"encoding/base64"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/deploy/corpus"
	"github.com/mcptrail/mcptrail/schema"
)

func answer(text string) string {
	return `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"` + text + `"}]}}`
}

// fill repeats unit to n bytes.
func fill(unit string, n int) string { return strings.Repeat(unit, n/len(unit)+1)[:n] }

func wrap(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestHostileMessagesStayWithinTheirBudget prints what each costs. The bound is wide:
// the machine may be busy with other things.
func TestHostileMessagesStayWithinTheirBudget(t *testing.T) {
	r := redactor(t, "")
	for name, text := range corpus.Hostile(1 << 20) {
		t.Run(name, func(t *testing.T) {
			best := time.Hour
			var out redact.Output
			for range 3 {
				began := time.Now()
				out = r.Message(input(text))
				best = min(best, time.Since(began))
			}
			end := "stored"
			if out.Flags.Has(schema.FlagWithheld) {
				end = out.Redactions[0].Rule
				if out.Payload != nil || out.Commitment == (schema.Hash{}) {
					t.Error("a withheld body is there, or has no commitment")
				}
			}
			t.Logf("%6.1f ms for %4d kB: %s, %d cuts", float64(best.Microseconds())/1000, len(text)>>10, end, len(out.Redactions))
			if best > time.Second {
				t.Errorf("took %v", best)
			}
		})
	}
}

func TestLargeAndDeepMessagesAreWithheld(t *testing.T) {
	r := redactor(t, "")
	for want, text := range map[string]string{
		redact.WithheldSize:  answer(fill("a", 60<<20)),
		redact.WithheldDepth: strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		redact.WithheldCuts:  `["` + strings.TrimSuffix(strings.Repeat(`ghp_0123456789abcdefABCDEF0123456789abcd","`, 1025), `,"`) + `]`,
	} {
		out := r.Message(input(text))
		if !out.Flags.Has(schema.FlagWithheld) || out.Payload != nil || len(out.Redactions) != 1 || out.Redactions[0].Rule != want ||
			out.Redactions[0].Length != uint64(len(text)) || out.Commitment == (schema.Hash{}) {
			t.Errorf("%s: %v %d bytes, flags %v", want, out.Redactions, len(out.Payload), out.Flags.Names())
		}
	}
}

// TestMemoryIsBounded sends what is expensive through one Redactor, and looks at what
// it keeps.
func TestMemoryIsBounded(t *testing.T) {
	r := redactor(t, "")
	bodies := corpus.Hostile(1 << 20)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for _, text := range bodies {
		r.Message(input(text))
	}
	r.Message(input(answer(fill("a", 60<<20))))
	if after := heap(); after > before+24<<20 {
		t.Errorf("keeps %d kB", (after-before)>>10)
	}
	runtime.KeepAlive(r)
	runtime.KeepAlive(bodies)
}

// TestACutBodyKeepsNoHalfOfASecret cuts a message at every byte.
func TestACutBodyKeepsNoHalfOfASecret(t *testing.T) {
	r := redactor(t, "")
	secret := "ghp_0123456789abcdefABCDEF0123456789abcd"
	for _, text := range []string{answer("use " + secret + " now"), `{"params":{"password":"` + secret + `"}}`, "token " + secret,
		answer(`{\"password\": \"` + secret + `\"}`), answer("postgres://joe:" + secret + "@db/x"), answer(wrap("x=" + secret + " and more"))} {
		at := strings.Index(text, "ghp_")
		for n := range len(text) {
			in := input(text[:n])
			in.Body.Size = uint64(len(text))
			out := r.Message(in)
			if at >= 0 && n > at+8 && strings.Contains(string(out.Payload), secret[:8]) {
				t.Fatalf("of %d bytes: %s", n, out.Payload)
			}
			if !out.Flags.Has(schema.FlagTruncated) {
				t.Fatalf("of %d bytes: not flagged", n)
			}
			in.Body.Data = out.Payload
			if again := r.Message(in); string(again.Payload) != string(out.Payload) {
				t.Fatalf("of %d bytes:\n%s\n%s", n, out.Payload, again.Payload)
			}
		}
	}
}

func TestAKeyThatIsPrintedLineByLineIsCut(t *testing.T) {
	r := redactor(t, "")
	var lines redact.Lines
	for text, want := range [...]string{"begin", "-----BEGIN EC PRIVATE KEY-----", "[mcptrail:private-key:", "[mcptrail:private-key:", "-----END EC PRIVATE KEY-----", "after"} {
		line := []string{"begin", "-----BEGIN EC PRIVATE KEY-----", "MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVMeGN", "SM49AwEHoUQDQgAE", "-----END EC PRIVATE KEY-----", "after"}[text]
		out := r.Message(redact.Input{Kind: schema.KindStderr, Lines: &lines, Body: message.Body{Data: []byte(line), Size: uint64(len(line))}})
		if !strings.HasPrefix(string(out.Payload), want) {
			t.Errorf("%q is stored as %q", line, out.Payload)
		}
	}
}

func TestBytesThatAreNoTextNeverFail(t *testing.T) {
	r := redactor(t, "")
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := []byte(answer("password=hunter2 ghp_0123456789abcdefABCDEF0123456789abcd %41 \\u0041"))
		for range 1 + random.IntN(8) {
			b[random.IntN(len(b))] = byte(random.IntN(256))
		}
		if out := r.Message(input(string(b))); out.Flags.Has(schema.FlagWithheld) {
			t.Fatalf("%q: %v", b, out.Redactions)
		}
	}
}
