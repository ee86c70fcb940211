package clientconfig

import (
	"bytes"

	"github.com/tailscale/hujson"
)

// mask stands for what is not shown.
const mask = "…"

// Masked is the text to show: of values and comments only how servers are started, and of
// that what clean leaves of a command line. Everything
// else may be a secret, also outside of env and headers: clients keep tokens and
// histories in these files.
func (f *File) Masked(clean func(args []string) []string) []byte {
	m := masker{shown: map[int]string{}}
	for _, s := range f.Servers {
		if s.object != nil {
			m.server(s, clean)
		}
	}
	m.value(&f.root)
	return f.apply(m.edits)[len(f.mark):]
}

// ShowLocal has the addresses of wrapped remote servers shown as far as the collector
// gave them out.
func (f *File) ShowLocal(w Wrapping) {
	for _, s := range f.Servers {
		if s.isLocal(w) {
			s.URL, _, _ = w.Origin(text(s.address))
		}
	}
}

// masker collects what to replace.
type masker struct {
	edits []edit
	// shown has what to show of a literal, by where it begins.
	shown map[int]string
}

// server notes what of one server may be shown: the transport's name, the command line as
// clean leaves it, and the origin of an address. Everything not noted is masked, so a member
// that a client adds in a later version is hidden until it is listed here.
func (m *masker) server(s *Server, clean func([]string) []string) {
	for i := range s.object.Members {
		v := &s.object.Members[i].Value
		switch t := text(v); t {
		case "stdio", "http", "sse", "streamable-http", "streamableHttp":
			m.shown[v.StartOffset] = t
		}
	}
	if s.command != nil && text(s.command) != "" {
		// clean sees the whole line, since a flag decides whether the word after it is a secret.
		line, places := []string{text(s.command)}, []int{s.command.StartOffset}
		if s.arguments != nil {
			for i := range s.arguments.Elements {
				line = append(line, text(&s.arguments.Elements[i]))
				places = append(places, s.arguments.Elements[i].StartOffset)
			}
		}
		for i, word := range clean(line) {
			m.shown[places[i]] = word
		}
	}
	if s.address != nil && s.URL != "" {
		address := s.URL
		// Paths and queries of remote servers often are the credential.
		if rest := text(s.address)[len(address):]; rest != "" && rest != "/" {
			address += "/" + mask
		}
		m.shown[s.address.StartOffset] = address
	}
}

// value masks a value and what is below it. The depth is bounded by Parse.
func (m *masker) value(v *hujson.Value) {
	m.comments(v.StartOffset-len(v.BeforeExtra), v.BeforeExtra)
	m.comments(v.EndOffset, v.AfterExtra)
	switch in := v.Value.(type) {
	case *hujson.Object:
		for i := range in.Members {
			name := &in.Members[i].Name
			m.comments(name.StartOffset-len(name.BeforeExtra), name.BeforeExtra)
			m.comments(name.EndOffset, name.AfterExtra)
			m.value(&in.Members[i].Value)
		}
		m.comments(v.EndOffset-1-len(in.AfterExtra), in.AfterExtra)
	case *hujson.Array:
		for i := range in.Elements {
			m.value(&in.Elements[i])
		}
		m.comments(v.EndOffset-1-len(in.AfterExtra), in.AfterExtra)
	case hujson.Literal:
		if shown, ok := m.shown[v.StartOffset]; ok {
			m.replace(v.StartOffset, v.EndOffset, quote(shown))
			// true, false, null and "" are too few to be a secret, and show where a value is missing.
		} else if k := in.Kind(); k == '"' && len(in) > 2 || k == '0' {
			m.replace(v.StartOffset, v.EndOffset, quote(mask))
		}
	}
}

// comments replaces the text of comments and keeps their marks.
func (m *masker) comments(at int, extra hujson.Extra) {
	for i := 0; i < len(extra); i++ {
		if extra[i] != '/' {
			continue
		}
		from, end := i, "*/"
		if bytes.HasPrefix(extra[i:], []byte("//")) {
			end = "\n"
		}
		i += 2
		if n := bytes.Index(extra[i:], []byte(end)); n >= 0 {
			i += n
		} else {
			i = len(extra)
		}
		to := i
		if end == "\n" && to > from+2 && extra[to-1] == '\r' {
			to--
		}
		m.replace(at+from+2, at+to, " "+mask+map[string]string{"\n": "", "*/": " "}[end])
		i += len(end) - 1
	}
}

// replace notes one edit. The walk visits the text in order and once, so edits do not
// overlap, which apply needs.
func (m *masker) replace(from, to int, with string) {
	m.edits = append(m.edits, edit{from, to, with})
}
