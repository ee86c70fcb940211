package interpret

// object is where a brace opens an object in a text, and where that ends.
type object struct{ from, to int32 }

// objects finds each brace from which on some text can be read as an object to its closing
// bracket, in whatever state a reader that began earlier is: within a string of that, or of
// an object that never ends. They are in the order in which they begin; to is 0 for one that
// does not end. Nothing else is checked. Time and memory are linear in the text.
func objects(text []byte) []object {
	f := objectFinder{}
	for i, c := range text {
		outside := false
		for r := range f.readers {
			outside = outside || f.readers[r].state == between
		}
		if c == '{' && !outside {
			f.readers = append(f.readers, reader{})
		}
		for r := range f.readers {
			f.step(&f.readers[r], c, int32(i))
		}
		f.merge()
	}
	return f.found
}

// state of a reader: between strings, in a string, behind a backslash in a string.
type state uint8

const (
	between state = iota
	inString
	escaped
)

// reader is the state of all readers that began somewhere and agree by now.
type reader struct {
	state state
	// open are the brackets that are open, outermost first. Each is a list of objects, since
	// readers that agree now can have begun at different braces.
	open []list
}

// list links objects by their number plus one, 0 for none.
type list struct{ first, last int32 }

type objectFinder struct {
	found []object
	// next links the objects of a list.
	next []int32
	// readers differ in their state, so there are three at most, and one more for a moment.
	readers []reader
}

func (f *objectFinder) step(r *reader, c byte, at int32) {
	switch {
	case r.state == escaped:
		r.state = inString
	case r.state == inString && c == '\\':
		r.state = escaped
	case r.state == inString && c == '"':
		r.state = between
	case r.state == inString:
	case c == '"':
		r.state = inString
	case c == '{':
		f.found, f.next = append(f.found, object{from: at}), append(f.next, 0)
		n := int32(len(f.found))
		r.open = append(r.open, list{n, n})
	case c == '[':
		r.open = append(r.open, list{})
	case (c == '}' || c == ']') && len(r.open) > 0:
		last := len(r.open) - 1
		for n := r.open[last].first; n > 0; n = f.next[n-1] {
			f.found[n-1].to = at + 1
		}
		r.open = r.open[:last]
	}
}

// merge makes one of readers that agree. Innermost brackets are closed together.
func (f *objectFinder) merge() {
	for i := 0; i < len(f.readers); i++ {
		for j := i + 1; j < len(f.readers); j++ {
			a, b := &f.readers[i], f.readers[j]
			if a.state != b.state {
				continue
			}
			if len(a.open) < len(b.open) {
				a.open, b.open = b.open, a.open
			}
			for k := 1; k <= len(b.open); k++ {
				f.join(&a.open[len(a.open)-k], b.open[len(b.open)-k])
			}
			f.readers = append(f.readers[:j], f.readers[j+1:]...)
			j--
		}
	}
}

func (f *objectFinder) join(to *list, more list) {
	switch {
	case more.first == 0:
	case to.first == 0:
		*to = more
	default:
		f.next[to.last-1] = more.first
		to.last = more.last
	}
}
