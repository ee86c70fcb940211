// Package upstreams keeps the list of remote MCP servers whose clients call this machine's
// collector instead.
//
// The one rule: the list holds no secret. Of an address it has the origin only; paths
// and queries stay with the clients, who send them along.
package upstreams

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/collector/rewrite"
)

// DefaultListen is where the collector listens unless the list has another address.
const DefaultListen = "127.0.0.1:7680"

// List is what the file holds.
type List struct {
	// Listen is the address of the collector in the files of clients.
	Listen    string     `json:"listen"`
	Upstreams []Upstream `json:"upstreams"`
}

// Upstream is one remote server.
type Upstream struct {
	// Name is in the local address and in the record.
	Name string `json:"name"`
	// Origin is scheme and host of the server, as its clients had written them.
	Origin string `json:"origin"`
	// Files are the configurations of clients that call it here.
	Files []string `json:"files"`
}

// DefaultFile is in the configuration directory of the user.
func DefaultFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no place for the list of upstreams, give --upstreams: %w", err)
	}
	return filepath.Join(dir, "mcptrail", "upstreams.json"), nil
}

// Load reads the list, and gives its bytes for Save. A file that is not there is an
// empty list.
func Load(file string) (l List, was []byte, err error) {
	l = List{Listen: DefaultListen, Upstreams: []Upstream{}}
	was, err = os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil, nil
	}
	if err == nil {
		l, err = Decode(was)
	}
	if err != nil {
		return l, was, fmt.Errorf("reading the list of upstreams in %s: %w", file, err)
	}
	return l, was, nil
}

// Decode reads the bytes of a list.
func Decode(data []byte) (l List, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	// An unknown member is more likely a typing error than a newer version: the list has no
	// version, and ignoring "upstream" for "upstreams" would stop all proxying in silence.
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return l, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return l, errors.New("something follows the list")
	}
	return l, CheckListen(l.Listen)
}

// CheckListen refuses an address that clients could not call.
func CheckListen(address string) error {
	if host, _, err := net.SplitHostPort(address); err != nil || host == "" {
		return fmt.Errorf("listening address %q: want HOST:PORT", address)
	}
	return nil
}

// Save writes the list in the place of the bytes that Load gave.
func (l List) Save(file string, was []byte) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	// was guards against a second `wrap` at the same time: the later one gets ErrChanged
	// instead of removing the other's upstreams.
	return rewrite.File(file, was, append(text, '\n'))
}

// Local gives the address that stands for an origin, and adds the upstream where it
// is new. It is empty for an address of the collector itself.
func (l *List) Local(name, origin string) string {
	if strings.EqualFold(origin, "http://"+l.Listen) {
		return ""
	}
	// Two clients may call different servers by one name, and one server by two. An origin
	// keeps the first local address that it got, because that address is in files already.
	name = validName(name)
	for i, free := 1, name; ; i++ {
		at := slices.IndexFunc(l.Upstreams, func(u Upstream) bool { return u.Name == free })
		if at < 0 {
			l.Upstreams = append(l.Upstreams, Upstream{Name: free, Origin: origin})
			return l.address(free)
		}
		if l.Upstreams[at].Origin == origin {
			return l.address(free)
		}
		free = fmt.Sprintf("%s-%d", name, i+1)
	}
}

// Origin finds what an address of a server stands for.
func (l *List) Origin(address string) (local, origin string, ok bool) {
	u := l.find(address)
	if u == nil {
		return "", "", false
	}
	return l.address(u.Name), u.Origin, true
}

func (l *List) find(address string) *Upstream {
	for i, u := range l.Upstreams {
		// The name must end where the address continues: /github is no prefix of /github-2.
		if rest, ok := strings.CutPrefix(address, l.address(u.Name)); ok && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			return &l.Upstreams[i]
		}
	}
	return nil
}

// Use notes which addresses a client's file has now, and drops the upstreams that no
// file uses any more.
func (l *List) Use(file string, addresses []string) {
	used := map[string]bool{}
	for _, address := range addresses {
		if u := l.find(address); u != nil {
			used[u.Name] = true
		}
	}
	for i := range l.Upstreams {
		u := &l.Upstreams[i]
		// The slice is cloned since callers compare the list with a shallow copy taken before.
		u.Files = slices.DeleteFunc(slices.Clone(u.Files), func(f string) bool { return f == file })
		if used[u.Name] {
			u.Files = append(u.Files, file)
			slices.Sort(u.Files)
		}
	}
	l.Upstreams = slices.DeleteFunc(l.Upstreams, func(u Upstream) bool { return len(u.Files) == 0 })
}

// Proxied is the list as the proxy wants it.
func (l List) Proxied() []httpproxy.Upstream {
	list := make([]httpproxy.Upstream, len(l.Upstreams))
	for i, u := range l.Upstreams {
		list[i] = httpproxy.Upstream{Name: u.Name, URL: u.Origin}
	}
	return list
}

func (l *List) address(name string) string { return "http://" + l.Listen + "/" + name }

// validName makes a name of a server's that the proxy can have in a path.
func validName(name string) string {
	fit := strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
	// 60 bytes leave space for the "-2" of a second origin within what a path segment and
	// the record's field may hold. The string is ASCII here, so the cut splits no character.
	fit = strings.Trim(fit[:min(len(fit), 60)], "-.")
	if !httpproxy.ValidName(fit) {
		fit = "mcp-" + fit
	}
	return strings.TrimRight(fit, "-")
}
