package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// printable is recorded text for a terminal: what is no letter, mark, digit, sign
// or plain space is written as an escape. Marks are, since they can hide what they
// stand on, where more than one follows another.
//
// It is idempotent for what it returns: an escape is plain ASCII. It is not reversible, since a
// backslash stays as it is; --json is for programs.
func printable(s string) string {
	unusual := func(r rune) bool { return r > '~' || r < ' ' }
	// Most recorded words are plain ASCII and are returned without a copy.
	if strings.IndexFunc(s, unusual) < 0 {
		return s
	}
	var b strings.Builder
	marks := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		// Two marks on one letter are ordinary in several scripts; a pile of them overprints
		// the lines above and below.
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		// IsPrint excludes control and format characters, among them the bidirectional ones that
		// reorder a line, and the tag characters that hide text.
		case !unicode.IsPrint(r), marks > 2:
			escapeRune(&b, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// printableLines keeps the line feeds, for messages of ours that quote others.
// Not for recorded text: a line of it could pass for one of ours.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}

// escapeRune writes a rune as JSON and Go can read it.
func escapeRune(w io.Writer, r rune) {
	if r > 0xffff {
		// JSON escapes are UTF-16: above the basic plane they come in surrogate pairs.
		r -= 0x10000
		fmt.Fprintf(w, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		return
	}
	fmt.Fprintf(w, `\u%04x`, r)
}

// cells is the number of places that printable text takes on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

// runeCells is how many places a rune takes: none for a mark, two for a wide one of
// East Asia.
// Terminals disagree on ambiguous widths; those count as one here, as most have it.
func runeCells(r rune) int {
	if unicode.Is(unicode.M, r) {
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// cut shortens printable text to a number of places and shows that it did.
// It counts places and not characters, so that columns stay aligned with text of any
// script. s must have passed through printable: an escape sequence would be split.
func cut(s string, most int) string {
	if cells(s) <= most {
		return s
	}
	n := 1 // of the sign
	for i, r := range s {
		if n += runeCells(r); n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// jsonText passes JSON on with every character escaped that a terminal would
// obey. In valid JSON such a character stands inside a string only, where its
// escape means the same.
// It knows no JSON, and so must not be given anything else.
type jsonText struct{ out io.Writer }

// Write escapes what a terminal would obey. It gets whole values: [json.Encoder] writes
// each at once, so no rune is split.
func (w jsonText) Write(p []byte) (int, error) {
	var b strings.Builder
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if r == '\n' || r > 0x7f && unicode.IsPrint(r) || r >= ' ' && r < 0x7f {
			b.Write(p[i : i+size])
		} else {
			escapeRune(&b, r)
		}
		i += size
	}
	// The count is of p and not of what went out: escapes are longer than what they stand for.
	if _, err := io.WriteString(w.out, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
