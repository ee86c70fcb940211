package secret

import (
	"math/rand/v2"
)

// Issued returns the built-in rules.
func Issued() []Rule { return issued() }

// Instances makes one text for each alternative of a rule.
func Instances(r Rule, random *rand.Rand) (all []string) {
	run := func(s step) (text []byte) {
		var set []byte
		for b := 0; b < 128; b++ {
			if s.class.has(byte(b)) {
				set = append(set, byte(b))
			}
		}
		for range max(s.min, min(s.max, 1)) {
			text = append(text, set[random.IntN(len(set))])
		}
		return text
	}
	ms, err := r.compile()
	if err != nil {
		panic(err)
	}
	for _, m := range ms {
		var text []byte
		if m.before != nil {
			text = run(*m.before)
		}
		text = append(text, m.anchor...)
		for _, s := range m.after.steps {
			text = append(text, run(s)...)
		}
		all = append(all, string(text))
	}
	return all
}
