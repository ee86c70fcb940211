package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/wrap"
)

// chosenFile is a file to change, with the client whose it is, if that is known.
type chosenFile struct{ path, client string }

// files are those that were named, and the usual ones of the chosen clients; without
// either, with --list, those of all clients.
func (c *wrapFlags) files() (files []chosenFile, err error) {
	for _, name := range c.File {
		files = append(files, chosenFile{path: name})
	}
	if len(c.Client) == 0 && (len(files) > 0 || !c.List) {
		if len(files) == 0 {
			return nil, badInput{errors.New("give a FILE or --client NAME; --list shows what was found")}
		}
		return files, nil
	}
	machine, err := clientconfig.ThisMachine()
	if err != nil {
		return nil, fmt.Errorf("looking for clients: %w", err)
	}
	for _, client := range clientconfig.Clients {
		if len(c.Client) == 0 || slices.Contains(c.Client, client.Name) {
			for _, path := range machine.Files(client) {
				if f := (chosenFile{path, client.Title}); !slices.Contains(files, f) { // the home directory may be the project
					files = append(files, f)
				}
			}
		}
	}
	return files, nil
}

// outcome of all files together.
type outcome struct {
	// found files could be changed, or needed no change.
	found int
	// failed joins the errors of those that could not; none is the error that a server is in
	// no file.
	failed, none error
	// undone is set if a server was not changed that should be.
	undone bool
}

// count adds the result for a file and reports whether it could be read. That one of a
// client's usual files does not exist is no failure.
//
// A file without the servers that were named is a failure only if no other file has them,
// which err knows at the end.
func (o *outcome) count(f chosenFile, err error) bool {
	_, none := errors.AsType[*wrap.NoServerError](err)
	switch {
	case err == nil:
		o.found++
	case f.client != "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, clientconfig.ErrNone)):
	case none:
		o.none = err
	default:
		o.failed = errors.Join(o.failed, err)
	}
	return err == nil
}

// err is the most serious of the results.
//
// A file that failed outweighs a server that was not found, and that one a server that was
// left alone.
func (o *outcome) err() error {
	switch {
	case o.failed != nil:
		return asInput(o.failed)
	case o.found == 0 && o.none != nil:
		return badInput{o.none}
	case o.undone:
		return exitStatus(1)
	}
	return nil
}

// asInput marks the errors that are about what the file holds, not about changing it.
func asInput(err error) error {
	if errors.Is(err, clientconfig.ErrUnknown) || errors.Is(err, fs.ErrNotExist) {
		return badInput{err}
	}
	return err
}
