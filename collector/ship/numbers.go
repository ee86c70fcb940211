package ship

import (
	"cmp"
	"slices"
)

// Range is a run of numbers, both ends included.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// ranges are disjoint and ascend.
// They do not touch either: add joins neighbours, and missing relies on it.
type ranges []Range

// numbers are what the records of one run are known by at the store.
type numbers struct {
	// events by collector_seq, seals by their own number.
	events, seals ranges
}

// add returns the ranges with n in them. The numbers of a set mostly ascend.
func (r ranges) add(n uint64) ranges {
	if len(r) > 0 && r[len(r)-1].To+1 == n {
		r[len(r)-1].To = n
		return r
	}
	i, found := r.search(n)
	switch {
	case found:
		return r
	case i > 0 && r[i-1].To+1 == n:
		r[i-1].To = n
	case i < len(r) && n+1 == r[i].From:
		r[i].From = n
		return r
	default:
		return slices.Insert(r, i, Range{n, n})
	}
	// n has closed the hole between two ranges.
	if i < len(r) && r[i-1].To+1 == r[i].From {
		r[i-1].To = r[i].To
		return slices.Delete(r, i, i+1)
	}
	return r
}

// minus returns the numbers of r that are not in other.
//
// It compares each with each: the numbers of a set ascend, so that both have few ranges.
func (r ranges) minus(other ranges) (rest ranges) {
	for _, of := range r {
		from, over := of.From, false
		for _, out := range other {
			if out.To < from || out.From > of.To {
				continue
			}
			if from < out.From {
				rest = append(rest, Range{from, out.From - 1})
			}
			if over = out.To >= of.To; over {
				break
			}
			from = out.To + 1
		}
		if !over {
			rest = append(rest, Range{from, of.To})
		}
	}
	return rest
}

// count is how many numbers there are.
func (r ranges) count() (n uint64) {
	for _, of := range r {
		n += of.To - of.From + 1
	}
	return n
}

// search returns the index of the range that holds n, or where it would be.
func (r ranges) search(n uint64) (i int, found bool) {
	return slices.BinarySearchFunc(r, n, func(r Range, n uint64) int {
		if r.From <= n && n <= r.To {
			return 0
		}
		return cmp.Compare(r.From, n)
	})
}

// missing returns the first number of r that is not in stored.
func (r ranges) missing(stored ranges) (n uint64, any bool) {
	for _, want := range r {
		i, found := stored.search(want.From)
		if !found {
			return want.From, true
		}
		if stored[i].To < want.To {
			return stored[i].To + 1, true // disjoint ranges that touch are one
		}
	}
	return 0, false
}
