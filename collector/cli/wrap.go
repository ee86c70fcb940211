package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/collector/wrap"
)

// wrapFlags choose files and servers.
type wrapFlags struct {
	File   []string `arg:"" optional:"" help:"Configuration file of an MCP client."`
	Client []string `enum:"claude-desktop,claude-code,cursor,vscode" help:"Change the files of this client: claude-desktop, claude-code, cursor or vscode; those of the user and of the project in this directory." placeholder:"NAME"`
	// A name may have a comma in it.
	Server []string `sep:"none" help:"Only the server of this name; repeat for several." placeholder:"NAME"`
	DryRun bool     `short:"n" help:"Show what would change and change nothing."`
	List   bool     `help:"Show what was found, and which servers are recorded."`

	Upstreams string `help:"File with the list of remote servers; default is upstreams.json in the mcptrail folder of your configuration directory." env:"MCPTRAIL_UPSTREAMS_FILE" placeholder:"FILE"`
}

// wrapCommand has servers recorded.
type wrapCommand struct {
	wrapFlags `embed:""`
	Listen    string `help:"Where clients are to call remote servers (default ${upstreams_listen})." env:"MCPTRAIL_HTTP_LISTEN" placeholder:"HOST:PORT"`
}

// Help is shown below the flags.
func (wrapCommand) Help() string {
	return `Examples:
  mcptrail-collector wrap --list
  mcptrail-collector wrap --client cursor --dry-run
  mcptrail-collector wrap --client claude-code --server github
  mcptrail-collector wrap ./mcp.json

Servers that run as commands start through mcptrail-collector stdio, with the flags of recording that are given
here. Remote ones are called through http://127.0.0.1:7680, where mcptrail up or mcptrail-collector http serves
them; one that has its clients sign in (OAuth) is left alone unless --server names it, since what clients get is for
its own address. env and headers stay as they are. A backup lies beside the file; mcptrail-collector unwrap takes
back what wrap did and nothing else. Restart the client afterwards. Exit status 1: a server was left alone.`
}

// unwrapCommand takes back what wrapCommand did.
type unwrapCommand struct {
	wrapFlags `embed:""`
}

// Help is shown below the flags.
func (unwrapCommand) Help() string {
	return `Examples:
  mcptrail-collector unwrap --client cursor
  mcptrail-collector unwrap ./mcp.json --dry-run

The file is as it was before, byte for byte, but for what you or the client changed in it since.`
}

// Run wraps the chosen files.
func (c *wrapCommand) Run(ctx context.Context, parsed *kong.Context) error {
	if c.Listen != "" {
		if err := upstreams.CheckListen(c.Listen); err != nil {
			return badInput{err}
		}
	}
	flags, err := passedOn(parsed)
	if err != nil {
		return err
	}
	return c.each(ctx, wrap.Editor{Flags: flags, Listen: c.Listen}, wrap.Editor.Wrap,
		func(s wrap.Server) bool { return s.Server.State == clientconfig.Odd })
}

// Run unwraps the chosen files.
func (c *unwrapCommand) Run(ctx context.Context) error {
	return c.each(ctx, wrap.Editor{}, wrap.Editor.Unwrap, func(s wrap.Server) bool { return s.Stray })
}

// each does the same to every chosen file, and continues where one cannot be changed.
// undone selects the servers for which it could not do what was asked.
//
// Exit status: 2 or 3 where a file could not be changed, 1 where a server was not changed
// that should be, 0 otherwise.
func (c *wrapFlags) each(ctx context.Context, e wrap.Editor, do func(wrap.Editor, context.Context, string) (wrap.Change, error), undone func(wrap.Server) bool) error {
	files, err := c.files()
	if err != nil {
		return err
	}
	if err := c.complete(&e); err != nil {
		return err
	}
	if c.List {
		do = wrap.Editor.Inspect
	}
	out := &wrapPrinter{Writer: bufio.NewWriter(os.Stdout), dryRun: c.DryRun, list: c.List, home: homeDir()}
	var o outcome
	for _, f := range files {
		change, err := do(e, ctx, f.path)
		if o.count(f, err) {
			out.change(f.client, change)
			o.undone = o.undone || !c.List && slices.ContainsFunc(change.Servers, undone)
		}
	}
	if err := out.end(o.found > 0 || o.err() != nil); err != nil {
		return errors.Join(o.failed, err)
	}
	if o.found == 0 && o.err() == nil && !c.List {
		return badInput{fmt.Errorf("%s has no configuration here; mcptrail-collector wrap --list shows what was found", strings.Join(c.Client, ", "))}
	}
	return o.err()
}

// complete sets what is the same for all files. A dry run shows its changes cleaned, by a
// key of its own: they go to a terminal or a log.
func (c *wrapFlags) complete(e *wrap.Editor) (err error) {
	e.Servers, e.DryRun, e.List = c.Server, c.DryRun, c.Upstreams
	if e.List == "" {
		if e.List, err = upstreams.DefaultFile(); err != nil {
			return err
		}
	}
	if e.Collector, err = wrap.Executable(); err != nil {
		return err
	}
	if !c.DryRun {
		return nil
	}
	// It is dropped with this process, so the marks in what is shown join with no record.
	var key identity.Key
	_, _ = rand.Read(key[:]) // never fails
	cleaner, err := redact.New(redact.Default(), "", key)
	if err != nil {
		return err
	}
	e.Clean = cleaner.Argv
	return nil
}

func homeDir() string {
	home, _ := os.UserHomeDir() // without one, paths are shown whole
	return home
}
