package clientconfig

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// Unwrap returns the text with every chosen server that Wrap changed as it was.
func (f *File) Unwrap(w Wrapping) []byte {
	var edits []edit
	for _, s := range f.Servers {
		switch {
		case w.Chosen != nil && !w.Chosen(s):
		case s.State == Wrapped:
			edits = append(edits, s.unwrapCommand(f.text)...)
		case s.isLocal(w):
			local, origin, _ := w.Origin(text(s.address))
			edits = append(edits, s.exchange(local, origin))
		}
	}
	return f.apply(edits)
}

// unwrapCommand moves the command back and removes our arguments. Comments that somebody
// put between them are kept: the text is its owner's, not ours.
func (s *Server) unwrapCommand(all []byte) []edit {
	list := s.arguments.Elements
	moved := &list[s.moved]
	edits := []edit{{s.command.StartOffset, s.command.EndOffset, string(moved.Value.(hujson.Literal))}}
	// Without "--" the server had no member args, so all of it goes.
	if s.moved == len(list)-1 && text(&list[s.moved-1]) != "--" {
		return append(edits, s.cutArguments(all))
	}
	from, to := list[0].StartOffset, moved.EndOffset
	if s.moved < len(list)-1 {
		to = list[s.moved+1].StartOffset
		// The last element may have a trailing comma, which the standard does not know and VS
		// Code writes.
	} else if moved.AfterExtra != nil && bytes.HasPrefix(all[to+len(moved.AfterExtra):], []byte(",")) {
		to += len(moved.AfterExtra) + 1
	}
	kept := ""
	for i := range list[:s.moved+1] {
		if i > 0 {
			kept += comment(list[i].BeforeExtra)
		}
		kept += comment(list[i].AfterExtra)
	}
	if s.moved < len(list)-1 {
		kept += comment(list[s.moved+1].BeforeExtra)
	}
	return append(edits, edit{from, to, kept})
}

// cutArguments takes the member out that Wrap added, with the comma before it, or
// the one behind it where it has come to stand first.
func (s *Server) cutArguments(all []byte) edit {
	for i := range s.object.Members {
		m := &s.object.Members[i]
		if m.Value.Value != s.arguments {
			continue
		}
		if i > 0 {
			before := &s.object.Members[i-1].Value
			return edit{before.EndOffset, m.Value.EndOffset, comment(before.AfterExtra) + comment(m.Name.BeforeExtra)}
		}
		to := m.Value.EndOffset + len(m.Value.AfterExtra)
		if bytes.HasPrefix(all[to:], []byte(",")) {
			to++
		}
		return edit{m.Name.StartOffset, to, comment(m.Value.AfterExtra)}
	}
	return edit{}
}

// comment keeps what others wrote between our arguments.
func comment(extra hujson.Extra) string {
	if strings.TrimSpace(string(extra)) == "" {
		return ""
	}
	return string(extra)
}
