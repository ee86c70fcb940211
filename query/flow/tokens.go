package flow

import (
	"iter"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// tokens yields the pieces of a text that two messages do not share by chance: ids,
// numbers of six digits and more, addresses, paths, hashes, tokens that redaction put
// in place of a secret. Words of a language, dates, versions and media types are in any
// text and are excluded. A piece is a run of characters without spaces and brackets; of a
// path or a URL its parts count too, since an id is often the last of them.
func tokens(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, run := range strings.FieldsFunc(text, separates) {
			run = strings.Trim(run, ".:/-=+@_#")
			if isToken(run) && !yield(run) {
				return
			}
			if !strings.ContainsAny(run, "/=:#?&") {
				continue
			}
			for _, part := range strings.FieldsFunc(run, func(r rune) bool { return strings.ContainsRune("/=:#?&", r) }) {
				if part = strings.Trim(part, ".-+@_"); part != run && isToken(part) && !yield(part) {
					return
				}
			}
		}
	}
}

// separates reports whether a character ends a piece.
func separates(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_@.+/:=-#?&%~", r)
}

var (
	dateOrTime = regexp.MustCompile(`^(19|20)\d\d-?[01]\d-?[0-3]\d([T_ ].*)?$|^\d{1,2}:\d\d(:\d\d)?`)
	mediaType  = regexp.MustCompile(`^(application|text|image|audio|video|font|multipart)/[\w.+-]+$`)
)

// Lengths in bytes from which on a piece counts, by what it is made of.
const (
	minDigits = 6
	minMixed  = 8
	minPath   = 10
	// minWord is longer than nearly all words of a language.
	minWord = 20
	maxRun  = 512
)

func isToken(s string) bool {
	if len(s) < minDigits || len(s) > maxRun || dateOrTime.MatchString(s) || mediaType.MatchString(s) {
		return false
	}
	var digits, letters, dots, slashes int
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		case r == '.':
			dots++
		case r == '/':
			slashes++
		}
	}
	switch {
	// Counted in bytes: digits of other scripts take several, and are then no run of digits.
	case digits == len(s):
		return true // at least minDigits of them
	// Punctuation and digits: an address, or a long number with separators.
	case letters == 0:
		_, err := netip.ParseAddr(s)
		return err == nil || digits >= minMixed && dots == 0
	case strings.Contains(s, "@") && dots > 0:
		return len(s) >= minMixed
	case digits > 0 && len(s) >= minMixed:
		return true
	case slashes > 0 && dots > 0 || slashes > 1:
		return len(s) >= minPath
	}
	return len(s) >= minWord
}
