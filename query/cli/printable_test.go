package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// anyText is biased to what terminals obey.
var anyText = rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x00\x07\x1b\n\r\t\x7f\u009b\u200f\u202e\u2066\u2028\ufeff\u0301\U000e0001日é\\\""))))

func TestPrintableTextHasNothingThatATerminalObeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := anyText.Draw(t, "text") + string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		for _, r := range printable(raw) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U is left in %q", r, printable(raw))
			}
		}
	})
}

func TestJSONKeepsItsMeaningAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(anyText.Draw(t, "text"), "?")
		var plain, safe bytes.Buffer
		for _, w := range []interface{ Encode(any) error }{json.NewEncoder(&plain), json.NewEncoder(jsonText{&safe})} {
			if err := w.Encode(map[string]string{text: text}); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range strings.TrimSuffix(safe.String(), "\n") {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U is left", r)
			}
		}
		var got map[string]string
		if err := json.Unmarshal(safe.Bytes(), &got); err != nil || got[text] != text {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
	})
}

func TestMarksCannotPileUp(t *testing.T) {
	if got := printable("z" + strings.Repeat("\u0301", 5)); got != "z\u0301\u0301"+strings.Repeat(`\u0301`, 3) {
		t.Errorf("got %q", got)
	}
}

func TestTablesFitTheTerminal(t *testing.T) {
	var out bytes.Buffer
	screen := NewScreen(&out, &out)
	screen.Width = 60
	screen.table([]column{{title: "ID"}, {title: "A", soft: true}, {title: "B", soft: true}, {title: "N", right: true}},
		[][]cell{{{text: "1"}, {text: strings.Repeat("日本", 30)}, {text: strings.Repeat("b", 90)}, {text: "17"}}, {{text: "2"}, {text: "x"}, {text: "y"}, {text: "3"}}})
	_ = screen.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if n := cells(line); n > 60 {
			t.Errorf("%d places: %s", n, line)
		}
	}
	if !strings.Contains(out.String(), "…") {
		t.Errorf("nothing is cut:\n%s", out.String())
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	var out bytes.Buffer
	screen := NewScreen(&out, &out)
	if screen.paint("x", red) != "x" {
		t.Error("a pipe gets colour")
	}
	screen.Colour = true
	if screen.paint("x", red) != "\x1b[31mx\x1b[0m" {
		t.Error("a terminal gets none")
	}
}

func TestMomentsArePointsInTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2h": "2026-11-22 10:00:00", "3d": "2026-11-19 12:00:00", "2026-11-01": "2026-11-01 00:00:00",
		"2026-11-01 15:04": "2026-11-01 15:04:00", "2026-11-01T15:04:05+02:00": "2026-11-01 13:04:05", "90m": "2026-11-22 10:30:00",
		"yesterday": "", "-2h": "", "d": "", "-1d": "", "1e9d": "", "": "",
	} {
		got, err := parseMoment(text, now)
		if (err == nil) != (want != "") || err == nil && got.UTC().Format(time.DateTime) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
