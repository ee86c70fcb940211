package clickhouse

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// contains adds the condition that the payload holds the text in one of its forms. The
// words go through the text index, which knows no order and no punctuation; the second
// condition then looks for the text as it is in what the index left.
func (w *where) contains(text string) {
	var either []string
	for i, form := range forms(text) {
		name := fmt.Sprintf("form%d", i)
		w.set(name, form)
		condition := "positionCaseInsensitive(payload, {" + name + ":String}) > 0"
		if words := words(form); len(words) > 0 {
			w.set("words"+name, words)
			// The order matters for cost and not for the result: the index answers the first part
			// without reading a payload.
			condition = "hasAllTokens(payload, {words" + name + ":Array(String)}) AND " + condition
		}
		either = append(either, "("+condition+")")
	}
	w.conditions = append(w.conditions, "("+strings.Join(either, " OR ")+")")
}

// forms are the ways in which payloads spell the text: as it is, as a JSON string has to
// escape it, and as programs do that keep JSON in ASCII. Payloads are stored as the bytes
// that crossed, never decoded, so each spelling is searched for.
func forms(text string) []string {
	must := escaped(text)
	// For plain words all three are equal and one is searched for. Compact removes neighbours,
	// which is enough: if the first equals the third, it equals the second too.
	return slices.Compact([]string{text, must, ascii(must)})
}

// escaped is the text as it stands in a JSON string.
func escaped(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\"\n")[1:]
}

// ascii escapes what is beyond ASCII.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// words of the text as the text index cuts them: letters and digits of ASCII and
// all that is beyond it.
func words(text string) []string {
	return strings.FieldsFunc(lower(text), func(r rune) bool {
		return r < utf8.RuneSelf && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// lower makes ASCII letters small, like the index, and keeps every length.
func lower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// wholeRunes cuts the halves of runes from both ends and replaces what else is
// no UTF-8.
func wholeRunes(s string) string {
	for i := 1; i < utf8.UTFMax && len(s) > 0 && !utf8.RuneStart(s[0]); i++ {
		s = s[1:]
	}
	for i := 1; i <= min(utf8.UTFMax-1, len(s)); i++ {
		if tail := s[len(s)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRuneInString(tail) {
				s = s[:len(s)-i]
			}
			break
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// maxHighlights bounds what one hit marks.
const maxHighlights = 16

// occurrences are the [start, end) of the forms in the snippet, in code points.
func occurrences(snippet string, forms []string) [][2]int {
	found := [][2]int{}
	// Lower case keeps every length, so offsets in hay are offsets in the snippet.
	hay := lower(snippet)
	for at, points := 0, 0; at < len(hay) && len(found) < maxHighlights; {
		size := 0
		for _, form := range forms {
			if strings.HasPrefix(hay[at:], lower(form)) {
				size = max(size, len(form))
			}
		}
		if size > 0 {
			end := points + utf8.RuneCountInString(hay[at:at+size])
			found = append(found, [2]int{points, end})
			at, points = at+size, end
			continue
		}
		_, step := utf8.DecodeRuneInString(hay[at:])
		at, points = at+step, points+1
	}
	return found
}
