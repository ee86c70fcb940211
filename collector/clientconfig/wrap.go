package clientconfig

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/tailscale/hujson"
)

// Wrapping is how servers are sent through a collector.
type Wrapping struct {
	// Collector is the absolute path of the program.
	Collector string
	// Flags for it, each one argument that begins with "--".
	Flags []string
	// Chosen reports whether a server is meant; nil means all.
	Chosen func(*Server) bool
	// Local gives the local address that is to stand for the origin of a remote
	// server, empty for none. Origin finds for the address of a server the local one
	// that it begins with, and the origin that it stands for.
	Local  func(name, origin string) (local string)
	Origin func(address string) (local, origin string, ok bool)
}

const upstreamFlag = "--upstream="

// edit replaces the bytes from..to of a text.
type edit struct {
	from, to int
	with     string
}

// Wrap returns the text with every chosen server that is Bare sent through the
// collector. It checks its own work: an edit that could not be undone exactly is an
// error, and nothing should be written.
func (f *File) Wrap(w Wrapping) ([]byte, error) {
	var edits []edit
	for _, s := range f.Servers {
		if s.State != Bare || w.Chosen != nil && !w.Chosen(s) || s.isLocal(w) {
			continue
		}
		if s.command != nil {
			edits = append(edits, s.wrapCommand(w)...)
		} else if local := w.Local(s.Name, s.URL); local != "" {
			edits = append(edits, s.exchange(s.URL, local))
		}
	}
	wrapped := f.apply(edits)
	// The check costs one more parse and covers every form of text that nobody thought of.
	again, err := Parse(wrapped)
	if err != nil || !bytes.Equal(again.Unwrap(w), f.Unwrap(w)) {
		return nil, errors.New("wrapping the servers: it could not be undone exactly, so it is not done")
	}
	return wrapped, nil
}

// IsWrapped reports whether Wrap did it. Of remote servers only the addresses in w show
// that.
func (s *Server) IsWrapped(w Wrapping) bool { return s.State == Wrapped || s.isLocal(w) }

// isLocal reports whether the address is one that the collector gave out, in a form that
// can be exchanged in the text.
func (s *Server) isLocal(w Wrapping) bool {
	if s.State != Bare || s.address == nil {
		return false
	}
	local, _, ok := w.Origin(text(s.address))
	if ok {
		_, ok = raw(s.address, local)
	}
	return ok
}

// wrapCommand moves the literal of the command, not its value: the escapes that its owner
// wrote come back as they were.
func (s *Server) wrapCommand(w Wrapping) []edit {
	command := string(s.command.Value.(hujson.Literal))
	inserted := []string{quote("stdio"), quote(upstreamFlag + upstreamName(s.Name))}
	for _, flag := range w.Flags {
		inserted = append(inserted, quote(flag))
	}
	edits := []edit{{s.command.StartOffset, s.command.EndOffset, quote(w.Collector)}}
	// A new member stands right behind the command and takes over the separator that the file
	// uses before that one.
	if s.arguments == nil {
		list := "[" + strings.Join(append(inserted, command), ", ") + "]"
		return append(edits, edit{s.command.EndOffset, s.command.EndOffset, "," + spaceBefore(s.nameOf(s.command), " ") + `"args": ` + list})
	}
	list := strings.Join(append(inserted, quote("--"), command), ", ")
	if len(s.arguments.Elements) == 0 {
		at := s.argumentsStart()
		return append(edits, edit{at, at, list})
	}
	first := &s.arguments.Elements[0]
	return append(edits, edit{first.StartOffset, first.StartOffset, list + "," + spaceBefore(first, " ")})
}

// exchange puts another beginning in the place of an address's own.
func (s *Server) exchange(from, to string) edit {
	form, _ := raw(s.address, from)
	at := s.address.StartOffset + 1
	return edit{at, at + len(form), like(form, to)}
}

// nameOf is the name of the member that has the value.
func (s *Server) nameOf(v *hujson.Value) *hujson.Value {
	for i := range s.object.Members {
		if &s.object.Members[i].Value == v {
			return &s.object.Members[i].Name
		}
	}
	return v
}

// argumentsStart is the place behind the opening bracket of the arguments.
func (s *Server) argumentsStart() int {
	for i := range s.object.Members {
		if v := &s.object.Members[i].Value; v.Value == s.arguments {
			return v.StartOffset + 1
		}
	}
	return 0
}

// spaceBefore is the white space right before a value, from the last line end on, or
// another one where there is none: it is how the file separates its values.
func spaceBefore(v *hujson.Value, otherwise string) string {
	before := string(v.BeforeExtra)
	space := before[len(strings.TrimRight(before, " \t\r\n")):]
	if i := strings.LastIndexByte(space, '\n'); i > 0 {
		if space[i-1] == '\r' {
			i--
		}
		space = space[i:]
	}
	if space == "" {
		return otherwise
	}
	return space
}

// upstreamName is a server's name as an argument of a command and in the record.
func upstreamName(name string) string {
	const most = 128
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	for i := range name {
		if i > most {
			return name[:i]
		}
	}
	return name
}

// quote writes a JSON string.
func quote(s string) string { return string(hujson.String(s)) }

// apply gives the text with the edits made, which must not overlap.
func (f *File) apply(edits []edit) []byte {
	// Stable: of two insertions at one place the first planned comes first.
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	out := append([]byte{}, f.mark...)
	at := 0
	for _, e := range edits {
		out = append(append(out, f.text[at:e.from]...), e.with...)
		at = e.to
	}
	return append(out, f.text[at:]...)
}
