package wrap

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/tailscale/hujson"
)

// maxLine is how much of a line of a diff is shown, in bytes. A file with longer ones
// is shown a value a line.
const maxLine = 240

// diffOf gives the lines that differ, for a terminal.
func diffOf(name string, before, after []byte) []byte {
	if bytes.Equal(before, after) {
		return nil
	}
	if longest(before) > maxLine || longest(after) > maxLine {
		before, after = formatted(before), formatted(after)
		name += " (shown a value a line)"
	}
	var out bytes.Buffer
	for i, line := range strings.SplitAfter(string(diff.Diff(name, before, name, after)), "\n") {
		if i == 0 || line == "" {
			continue // "diff NAME NAME"
		}
		out.WriteString(Printable(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return out.Bytes()
}

// longest is the length of the longest line, in bytes.
func longest(text []byte) (most int) {
	for line := range bytes.Lines(text) {
		most = max(most, len(line))
	}
	return most
}

// formatted puts each value on a line of its own, for files that were written without
// line ends. It is for display only; the file keeps its own form.
func formatted(text []byte) []byte {
	v, err := hujson.Parse(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if err != nil {
		return text
	}
	spread(&v)
	v.Format()
	return v.Pack()
}

// spread puts a line end before each member and element.
func spread(v *hujson.Value) {
	switch in := v.Value.(type) {
	case *hujson.Object:
		for i := range in.Members {
			in.Members[i].Name.BeforeExtra = append(hujson.Extra("\n"), in.Members[i].Name.BeforeExtra...)
			spread(&in.Members[i].Value)
		}
	case *hujson.Array:
		for i := range in.Elements {
			in.Elements[i].BeforeExtra = append(hujson.Extra("\n"), in.Elements[i].BeforeExtra...)
			spread(&in.Elements[i])
		}
	}
}

// Printable is untrusted text for a terminal: what is no letter, sign
// or space is written as an escape, and what is long is cut.
func Printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		// The bound counts what was written, so that a line of escapes is not six times as long.
		case b.Len() > maxLine:
			return b.String() + "…"
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t', unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}
