package charset_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/schema/charset"
	"pgregory.net/rapid"
)

const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ä€😀+&"}}`

var wide = []string{"utf-16le", "utf-16be", "utf-32le", "utf-32be"}

// TestSniffFindsWhatPythonFinds: the json module of Python reads all of these.
func TestSniffFindsWhatPythonFinds(t *testing.T) {
	for _, name := range wide {
		for _, mark := range []string{"", "\ufeff"} {
			text, known := charset.Encode(name, []byte(mark+call))
			if !known || charset.Sniff(text) != name {
				t.Errorf("%s with the mark %q is taken for %q", name, mark, charset.Sniff(text))
			}
			if plain, _ := charset.Decode(name, text); string(plain) != call {
				t.Errorf("%s with the mark %q decodes to %q", name, mark, plain)
			}
		}
	}
	for _, text := range []string{"", "{", call, "\ufeff" + call, "hello", "\x00", "\x00\x00"} {
		if got := charset.Sniff([]byte(text)); got != "" {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

// TestNamesAreThoseOfReaders: iconv-lite compares names by their letters and digits, and
// the web has aliases of its own.
func TestNamesAreThoseOfReaders(t *testing.T) {
	for contentType, want := range map[string]string{
		"application/json":                         "",
		"application/json; charset=utf-8":          "",
		`application/json; charset="UTF8"`:         "",
		"application/json; charset=us-ascii":       "",
		"application/json;charset=UTF-16LE":        "utf-16le",
		"application/json; charset=utf16":          "utf-16le",
		"application/json; charset=u_t-f.7":        "utf-7",
		"application/json; charset=utf-7-imap":     "utf-7-imap",
		"application/json; charset=Shift_JIS":      "shift_jis",
		"application/json; charset=latin1":         "windows-1252",
		"application/json; charset=ibm037":         "ibm037",
		"application/json; charset=no-such-thing":  "no-such-thing",
		"application/json; charset=utf-7; charset": "utf-7",
		`application/json; charset="utf-7`:         "utf-7",
		"application/json; charset=":               "",
	} {
		if got := charset.OfContentType(contentType); got != want {
			t.Errorf("%s: %q, want %q", contentType, got, want)
		}
	}
	if _, known := charset.Decode("no-such-thing", nil); known {
		t.Error("a charset that there is not was decoded")
	}
}

func TestDecodeReadsWhatReadersRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"utf-7", `+AHs-"method":"tools+AC8-call"+AH0-`, `{"method":"tools/call"}`},
		{"utf-7", "a+-b+ACI", `a+b"`},
		{"utf-7", "+ACIAIg\"", "\"\"\""},
		{"utf-7", "\xfb+", "\ufffd"},
		{"utf-7-imap", `&AHs-"a":"&-,+"}`, `{"a":"&,+"}`},
		{"shift_jis", "{\"a\":\"\x83\x5c\"}", `{"a":"ソ"}`},
		{"gbk", "{\"a\":\"\x81\x5c\"}", `{"a":"乗"}`},
		{"ibm037", "\xc0\x7f\x81\x7f\xd0", `{"a"}`},
	} {
		if got, known := charset.Decode(c.name, []byte(c.text)); !known || string(got) != c.want {
			t.Errorf("%s %q: %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

// TestEncodedTextsDecodeToThemselves also in pieces of any size.
func TestEncodedTextsDecodeToThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != '\ufeff' && r != '\ufffd' })).Draw(t, "plain")
		for _, name := range append(wide, "utf-7", "utf-7-imap") {
			text, _ := charset.Encode(name, []byte(plain))
			if got, _ := charset.Decode(name, text); string(got) != plain {
				t.Fatalf("%s: %q is encoded as %q and decoded as %q", name, plain, text, got)
			}
		}
		text, _ := charset.Encode("utf-16be", []byte(plain))
		var got bytes.Buffer
		for w := charset.NewWriter("utf-16be", &got); len(text) > 0; {
			n := rapid.IntRange(1, len(text)).Draw(t, "piece")
			w.Write(text[:n])
			text = text[n:]
		}
		if got.String() != plain {
			t.Fatalf("%q came as %q in pieces", plain, got.String())
		}
	})
}

// TestHostileTextsAreCheap decodes a mebibyte of what costs most in each charset.
func TestHostileTextsAreCheap(t *testing.T) {
	for _, name := range append(wide, "utf-7", "utf-7-imap", "gb18030", "shift_jis", "windows-1252", "ibm037") {
		for _, unit := range []string{"\x00", "{", "+", "&A", "+-", "+AA", "\xff", "\xd8\x00", "\x81\x30"} {
			text := []byte(strings.Repeat(unit, (1<<20)/len(unit)))
			began := time.Now()
			plain, _ := charset.Decode(name, text)
			if took := time.Since(began); took > 5*time.Second || len(plain) > 3*len(text) {
				t.Errorf("%s of %q: %v, %d bytes", name, unit, took, len(plain))
			}
		}
	}
}
