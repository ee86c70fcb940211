package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// Bounds of a file. A client's own may grow to some megabytes, of what else it keeps.
const (
	MaxSize  = 64 << 20
	maxDepth = 512
)

// ErrUnknown is wrapped by the errors about a file that this package does not read. The
// caller should leave the file as it is.
var ErrUnknown = errors.New("it is left as it is")

// ErrNone is returned for a file without a place for servers. It is no fault where the
// client keeps other settings in the file too.
var ErrNone = errors.New("neither mcpServers nor servers in it: no configuration of an MCP client")

// File is a client's configuration.
type File struct {
	// Servers in the order of the text.
	Servers []*Server

	// text without the byte order mark, which mark holds.
	mark, text []byte
	root       hujson.Value
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// Parse reads JSON, with comments and trailing commas if it has them. Its error wraps
// [ErrUnknown].
func Parse(data []byte) (*File, error) {
	f := &File{text: data}
	if bytes.HasPrefix(data, byteOrderMark) {
		f.mark, f.text = data[:len(byteOrderMark)], data[len(byteOrderMark):]
	}
	if err := f.parse(); err != nil {
		return nil, fmt.Errorf("%w; %w", err, ErrUnknown)
	}
	return f, nil
}

// Addresses of the remote servers.
func (f *File) Addresses() (all []string) {
	for _, s := range f.Servers {
		if s.address != nil {
			all = append(all, text(s.address))
		}
	}
	return all
}

func (f *File) parse() error {
	switch {
	case len(f.text) > MaxSize:
		return fmt.Errorf("larger than %d MiB", MaxSize>>20)
	case len(bytes.TrimSpace(f.text)) == 0:
		return errors.New("empty")
	// A NUL byte is how UTF-16 without a byte order mark shows itself.
	case bytes.IndexByte(f.text, 0) >= 0:
		return errors.New("no UTF-8 text")
	// Counted before parsing: hujson calls itself for each level, and a Go stack overflow
	// cannot be recovered from.
	case depth(f.text) > maxDepth:
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	var err error
	if f.root, err = hujson.Parse(f.text); err != nil {
		return fmt.Errorf("no JSON: %s", strings.TrimPrefix(err.Error(), "hujson: "))
	}
	root, ok := f.root.Value.(*hujson.Object)
	if !ok {
		return errors.New("no JSON object")
	}
	found, err := f.find(root)
	if err == nil && !found {
		return ErrNone
	}
	return err
}

// find looks where clients have their servers: mcpServers nearly all, projects.*.mcpServers
// Claude Code too, servers VS Code in mcp.json, mcp.servers in settings.json.
func (f *File) find(root *hujson.Object) (found bool, err error) {
	// look reads one object of servers; where is the path for people.
	look := func(in *hujson.Object, name, where string) error {
		servers, err := objectIn(in, name)
		if servers == nil || err != nil {
			return err
		}
		found = true
		return f.servers(servers, where)
	}
	for _, name := range []string{"mcpServers", "servers", "mcp.servers"} {
		if err := look(root, name, name); err != nil {
			return false, err
		}
	}
	if mcp, err := member(root, "mcp"); err != nil {
		return false, err
	} else if settings, ok := value(mcp).(*hujson.Object); ok {
		if err := look(settings, "servers", "mcp.servers"); err != nil {
			return false, err
		}
	}
	projects, err := objectIn(root, "projects")
	if projects == nil || err != nil {
		return found, err
	}
	for i := range projects.Members {
		if project, ok := projects.Members[i].Value.Value.(*hujson.Object); ok {
			if err := look(project, "mcpServers", "projects."+text(&projects.Members[i].Name)+".mcpServers"); err != nil {
				return false, err
			}
		}
	}
	return found, nil
}

// servers reads the members of an object of servers.
func (f *File) servers(in *hujson.Object, where string) error {
	names := map[string]bool{}
	for i := range in.Members {
		m := &in.Members[i]
		s := &Server{Name: text(&m.Name), Where: where}
		// Parsers differ in which of two they take, so either edit could miss the one in use.
		if names[s.Name] {
			return fmt.Errorf("%s has %q twice", where, s.Name)
		}
		names[s.Name] = true
		if err := s.read(&m.Value); err != nil {
			return fmt.Errorf("server %q: %w", s.Name, err)
		}
		f.Servers = append(f.Servers, s)
	}
	return nil
}

// member finds a member. Of two with one name parsers take different ones.
func member(in *hujson.Object, name string) (*hujson.Value, error) {
	var found *hujson.Value
	for i := range in.Members {
		if text(&in.Members[i].Name) != name {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		found = &in.Members[i].Value
	}
	return found, nil
}

// objectIn finds a member that must be an object where it is there.
func objectIn(in *hujson.Object, name string) (*hujson.Object, error) {
	found, err := member(in, name)
	if found == nil || err != nil {
		return nil, err
	}
	object, ok := found.Value.(*hujson.Object)
	if !ok {
		return nil, fmt.Errorf("%q is no object", name)
	}
	return object, nil
}

// value is v's value, nil for a missing one, so that callers need not ask twice.
func value(v *hujson.Value) hujson.ValueTrimmed {
	if v == nil {
		return nil
	}
	return v.Value
}

// text is the value of a string literal, and empty for anything else.
func text(v *hujson.Value) string {
	if literal, ok := value(v).(hujson.Literal); ok && literal.Kind() == '"' {
		return literal.String()
	}
	return ""
}

// depth is how deep brackets nest outside of strings and comments: a parser that
// calls itself for each must not meet too many.
func depth(data []byte) (most int) {
	at := 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case c == '/' && bytes.HasPrefix(data[i:], []byte("//")):
			i += span(data[i:], "\n")
		case c == '/' && bytes.HasPrefix(data[i:], []byte("/*")):
			i += 2 + span(data[i+2:], "*/")
		case c == '{' || c == '[':
			at++
			most = max(most, at)
		case c == '}' || c == ']':
			at--
		}
	}
	return most
}

// span is how long data is up to and with the last byte of end.
func span(data []byte, end string) int {
	if n := bytes.Index(data, []byte(end)); n >= 0 {
		return n + len(end) - 1
	}
	return len(data)
}
