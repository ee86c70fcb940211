package ship

import (
	"testing"

	"pgregory.net/rapid"
)

func TestRangesAreTheSetOfTheirNumbers(t *testing.T) {
	number := rapid.Uint64Range(0, 30)
	rapid.Check(t, func(t *rapid.T) {
		var r, stored ranges
		in, has := map[uint64]bool{}, map[uint64]bool{}
		for _, n := range rapid.SliceOf(number).Draw(t, "added") {
			r, in[n] = r.add(n), true
		}
		for _, n := range rapid.SliceOf(number).Draw(t, "removed") {
			r = r.minus(ranges{{n, n}})
			delete(in, n)
		}
		for _, n := range rapid.SliceOf(number).Draw(t, "stored") {
			stored, has[n] = stored.add(n), true
		}
		if rest := r.minus(stored); rest.count()+uint64(len(both(in, has))) != r.count() {
			t.Fatalf("%v without %v is %v", r, stored, rest)
		}
		first, any := uint64(0), false
		for n := range uint64(40) {
			if _, found := r.search(n); found != in[n] {
				t.Fatalf("%d in %v: %v", n, r, found)
			}
			if in[n] && !has[n] && !any {
				first, any = n, true
			}
		}
		for i := 1; i < len(r); i++ {
			if r[i].From <= r[i-1].To+1 {
				t.Fatalf("%v touch or do not ascend", r)
			}
		}
		if n, missing := r.missing(stored); missing != any || n != first {
			t.Fatalf("of %v, %v lacks %d, %v, want %d, %v", r, stored, n, missing, first, any)
		}
	})
}

// both are the numbers of two sets.
func both(a, b map[uint64]bool) (list []uint64) {
	for n := range a {
		if b[n] {
			list = append(list, n)
		}
	}
	return list
}
