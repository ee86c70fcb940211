// Package corpus makes what redaction is measured with: credentials in the forms
// that their issuers document, in every place and wrapping of a conversation, and
// ordinary tool output.
//
// The one rule: nothing here knows the rules of the redactor. Kinds follow the
// issuers' documents, a third of them is never looked at outside of the benchmark, and
// ordinary output is what lies on the disk of whoever runs the tests.
package corpus

import (
	"bytes"
	mathrand "math/rand/v2"
)

// Cases returns n cases of each kind in each position, the same for the same seed
// but for keys, which are made anew.
func Cases(seed uint64, n int) []Case {
	r := &random{newRand(seed)}
	var all []Case
	for _, k := range Kinds() {
		for _, p := range Positions() {
			for range n {
				text, secret := k.make(r)
				c := p.put(text, secret)
				c.Kind, c.Position = k, p
				all = append(all, c)
			}
		}
	}
	return all
}

func newRand(seed uint64) *mathrand.Rand { return mathrand.New(mathrand.NewPCG(seed, 0)) }

// Leaking returns those of the cases of which a part is in a text, see [Case.Leaks]. It
// looks for all of them at once.
func Leaking(cases []Case, text []byte) []Case {
	type window struct {
		text string
		of   int
	}
	const key = 6
	windows := map[string][]window{}
	for i, c := range cases {
		for _, trace := range c.traces {
			n := min(12*max(1, c.width), len(trace))
			for at := 0; n >= key && at+n <= len(trace); at++ {
				w := trace[at : at+n]
				windows[w[:key]] = append(windows[w[:key]], window{w, i})
			}
		}
	}
	found := map[int]bool{}
	var leaking []Case
	for at := 0; at+key <= len(text); at++ {
		for _, w := range windows[string(text[at:at+key])] {
			if !found[w.of] && bytes.HasPrefix(text[at:], []byte(w.text)) {
				found[w.of] = true
				leaking = append(leaking, cases[w.of])
			}
		}
	}
	return leaking
}
