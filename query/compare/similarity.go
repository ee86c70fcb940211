package compare

import (
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/query/jsonpath"
)

// Similarity of two definitions, from 0 to 1: of the pairs of neighbouring words in their
// members, names excluded, the share that is in both. A renamed tool keeps its description
// and its parameters; pairs rather than words, since all descriptions use the same words.
func Similarity(a, b []byte) float64 {
	x, y := wordPairs(a), wordPairs(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	both := 0
	for pair := range x {
		if y[pair] {
			both++
		}
	}
	// The Jaccard index: symmetric, and 1 only for equal sets.
	return float64(both) / float64(len(x)+len(y)-both)
}

// Renamed is the similarity from which on two definitions with different names count as
// one that was renamed.
const Renamed = 0.6

// wordPairs are the pairs of neighbouring words of each member, its own name in front, so
// that equal words in different members are different pairs at its beginning. What names the
// thing is excluded: a rename changes it.
func wordPairs(definition []byte) map[[2]string]bool {
	pairs := map[[2]string]bool{}
	jsonpath.Members(definition, func(name string, value jsontext.Value) {
		switch name {
		case "name", "title", "uri", "uriTemplate":
			return
		}
		words := strings.FieldsFunc(strings.ToLower(name+" "+string(value)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for i := 1; i < len(words); i++ {
			pairs[[2]string{words[i-1], words[i]}] = true
		}
	})
	return pairs
}
