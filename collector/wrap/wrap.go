// Package wrap has the servers of MCP clients recorded: it changes a client's file,
// and with it the list of upstreams that the collector serves.
//
// The one rule: whatever fails on the way, the client's file works. An upstream is on
// the list before a client's file names it at this address, and off it only after none does.
package wrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/rewrite"
	"github.com/mcptrail/mcptrail/collector/upstreams"
)

// Editor changes files.
type Editor struct {
	// Collector is the program that is to record, Flags what it is given.
	Collector string
	Flags     []string
	// List is the file with the upstreams. Listen is where the collector is to serve
	// them; empty leaves what the list has.
	List, Listen string
	// Servers are the names of those that are meant; none means all.
	Servers []string
	// DryRun changes nothing.
	DryRun bool
	// Clean takes secrets out of a command line, for Change.Diff.
	Clean func(args []string) []string
}

// Change is what became of a file, or would.
type Change struct {
	File string
	// Servers that were meant, as they are now.
	Servers []Server
	// Diff shows the edits, without secrets; empty where there are none.
	Diff []byte
	// Backup is the copy of the file as it was before anything was wrapped; empty
	// where there is none.
	Backup string
}

// Server of a file.
type Server struct {
	*clientconfig.Server
	Wrapped bool
	// Changed: this change made it so.
	Changed bool
	// Stray: clients call it at the collector's address, and its own address is known
	// nowhere any more.
	Stray bool
}

// State is a word for people, with a reason where one is needed.
func (s Server) State() (state, why string) {
	if s.Wrapped {
		return string(clientconfig.Wrapped), ""
	}
	return string(s.Server.State), s.Why
}

// BackupSuffix is behind the name of a backup.
const BackupSuffix = ".mcptrail-backup"

// opened is a client's file with the list of upstreams.
type opened struct {
	name, path string
	text       []byte
	file       *clientconfig.File
	list       upstreams.List
	listWas    []byte
}

// open reads a client's file and the list. It changes neither; the bytes that it read are
// what the later writes compare with.
func (e Editor) open(name string) (o opened, err error) {
	o.name = name
	if o.path, err = filepath.Abs(name); err != nil {
		return o, err
	}
	if o.text, err = read(name); err != nil {
		return o, err
	}
	if o.file, err = clientconfig.Parse(o.text); err != nil {
		return o, fmt.Errorf("%s: %w", name, err)
	}
	o.list, o.listWas, err = upstreams.Load(e.List)
	if err == nil && e.Listen != "" && e.Listen != o.list.Listen {
		if len(o.list.Upstreams) > 0 {
			return o, fmt.Errorf("clients were told that the collector listens on %s; unwrap them first", o.list.Listen)
		}
		o.list.Listen = e.Listen
	}
	return o, err
}

// read reads a file up to one byte more than a configuration may have, so that the parser
// refuses a larger one without it being in memory. The file must be regular: a pipe or a
// device would block or never end.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no regular file; %w", name, clientconfig.ErrUnknown)
	}
	text, err := io.ReadAll(io.LimitReader(f, clientconfig.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return text, nil
}

// wrapping gives a plan whose list is o's.
func (e Editor) wrapping(o *opened) clientconfig.Wrapping {
	return clientconfig.Wrapping{Collector: e.Collector, Flags: e.Flags, Local: o.list.Local, Origin: o.list.Origin,
		Chosen: func(s *clientconfig.Server) bool { return len(e.Servers) == 0 || slices.Contains(e.Servers, s.Name) }}
}

// Inspect describes the servers of a file and changes nothing.
func (e Editor) Inspect(_ context.Context, name string) (Change, error) {
	o, err := e.open(name)
	if err != nil {
		return Change{}, err
	}
	return e.change(o, o.file)
}

// Wrap sends the servers of a file through the collector. What is wrapped already
// stays, and a remote server that has its clients sign in, for which it is probed, is
// left as it is.
func (e Editor) Wrap(ctx context.Context, name string) (Change, error) {
	o, err := e.open(name)
	if err != nil {
		return Change{}, err
	}
	e.excludeSignIns(ctx, &o)
	// wrapping adds to o.list while it plans; the copy shows afterwards whether it did.
	before := o.list
	before.Upstreams = slices.Clone(before.Upstreams)
	wrapped, err := o.file.Wrap(e.wrapping(&o))
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", name, err)
	}
	now, err := clientconfig.Parse(wrapped)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", name, err)
	}
	c, err := e.change(o, now)
	if err != nil || e.DryRun || bytes.Equal(wrapped, o.text) {
		return c, err
	}
	// The list is saved before the file and corrected after a failure: an upstream that no
	// client calls is harmless, a client that calls an unlisted one is cut off.
	o.list.Use(o.path, now.Addresses())
	listed := !same(o.list, before)
	if listed {
		if err = o.list.Save(e.List, o.listWas); err != nil {
			return c, err
		}
	}
	if err = e.backUp(&c, o); err == nil {
		err = rewrite.File(name, o.text, wrapped)
	}
	if err != nil && listed {
		return c, errors.Join(err, e.dropFromList(o.path, o.file))
	}
	return c, err
}

// same reports whether two lists would be written as the same bytes.
func same(a, b upstreams.List) bool {
	return a.Listen == b.Listen && slices.EqualFunc(a.Upstreams, b.Upstreams, func(a, b upstreams.Upstream) bool {
		return a.Name == b.Name && a.Origin == b.Origin && slices.Equal(a.Files, b.Files)
	})
}

// dropFromList removes a file from the list as far as it does not use it.
func (e Editor) dropFromList(path string, now *clientconfig.File) error {
	list, was, err := upstreams.Load(e.List)
	if err != nil || was == nil {
		return err
	}
	list.Use(path, now.Addresses())
	return list.Save(e.List, was)
}

// backUp makes the backup, once: a file of which some servers are wrapped already has
// its own.
func (e Editor) backUp(c *Change, o opened) error {
	for _, s := range o.file.Servers {
		if s.IsWrapped(e.wrapping(&o)) && c.Backup != "" {
			return nil
		}
	}
	c.Backup = o.name + BackupSuffix
	return rewrite.Copy(c.Backup, o.text, o.name)
}

// Unwrap takes our edits out of a file and leaves everybody else's.
func (e Editor) Unwrap(_ context.Context, name string) (Change, error) {
	o, err := e.open(name)
	if err != nil {
		return Change{}, err
	}
	bare := o.file.Unwrap(e.wrapping(&o))
	now, err := clientconfig.Parse(bare)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", name, err)
	}
	c, err := e.change(o, now)
	if err != nil || e.DryRun {
		return c, err
	}
	// Here the file goes first: until no client calls the local address, the upstream must
	// be served.
	if !bytes.Equal(bare, o.text) {
		if err := rewrite.File(name, o.text, bare); err != nil {
			return c, err
		}
	}
	if err := e.dropFromList(o.path, now); err != nil {
		return c, err
	}
	// A backup with the same bytes as the file has served.
	if backup, err := os.ReadFile(name + BackupSuffix); err == nil && bytes.Equal(backup, bare) {
		if err := os.Remove(name + BackupSuffix); err != nil {
			return c, fmt.Errorf("removing the backup: %w", err)
		}
		c.Backup = ""
	}
	return c, nil
}

// change compares the servers before and now.
func (e Editor) change(o opened, now *clientconfig.File) (Change, error) {
	w := e.wrapping(&o)
	c := Change{File: o.name}
	named := map[string]bool{}
	for i, s := range now.Servers {
		named[s.Name] = true
		if w.Chosen(s) {
			// Probing marked servers of the file as it was; the parse of the new text does not know.
			if was := o.file.Servers[i]; was.State == clientconfig.Odd {
				s.State, s.Why = was.State, was.Why
			}
			wrapped := s.IsWrapped(w)
			// The list was lost or replaced. Nothing can say which server was meant, so the state is
			// shown and the file left alone.
			stray := !wrapped && s.State == clientconfig.Bare && s.URL == "http://"+o.list.Listen
			if stray {
				s.State, s.Why = clientconfig.Odd, "it calls the collector, and the list of upstreams does not say for whom; a backup would"
			}
			c.Servers = append(c.Servers, Server{s, wrapped, wrapped != o.file.Servers[i].IsWrapped(w), stray})
		}
	}
	for _, name := range e.Servers {
		if !named[name] {
			return c, &NoServerError{o.name, name}
		}
	}
	if _, err := os.Lstat(o.name + BackupSuffix); !errors.Is(err, fs.ErrNotExist) {
		c.Backup = o.name + BackupSuffix
	}
	if e.Clean != nil {
		// The local addresses were made here and hold no secret; without them the diff of a
		// remote server would be a mask in place of a mask.
		o.file.ShowLocal(w)
		now.ShowLocal(w)
		c.Diff = diffOf(o.name, o.file.Masked(e.Clean), now.Masked(e.Clean))
	}
	return c, nil
}

// NoServerError reports that a file has no server of a name.
type NoServerError struct{ File, Server string }

func (e *NoServerError) Error() string { return fmt.Sprintf("%s has no server %q", e.File, e.Server) }
