package cli

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/collector/wrap"
)

// wrapPrinter prints what became of files and servers. Names can be a stranger's, so only
// their printable characters are printed.
type wrapPrinter struct {
	// Writer is flushed by who made it.
	*bufio.Writer
	dryRun, list bool
	home         string
	// changed and wrapped are what became of any server so far.
	changed, wrapped bool
}

// change prints a file with its servers.
func (p *wrapPrinter) change(client string, c wrap.Change) {
	head := p.short(c.File)
	if client != "" {
		head = client + "  " + head
	}
	fmt.Fprintln(p, head)
	// Width in runes: close enough for names, and no table of widths is needed.
	width := 0
	for _, s := range c.Servers {
		width = max(width, utf8.RuneCountInString(wrap.Printable(s.Name)))
	}
	changed := 0
	for _, s := range c.Servers {
		p.changed, p.wrapped = p.changed || s.Changed, p.wrapped || s.Changed && s.Wrapped
		state, why := p.state(s)
		if s.Changed {
			changed++
		}
		line := fmt.Sprintf("  %-*s  %s", width, wrap.Printable(s.Name), state)
		if why != "" {
			line += ": " + why
		}
		// Claude Code keeps servers of one project below the path of its directory,
		// projects.PATH.mcpServers.
		if project, ok := strings.CutPrefix(s.Where, "projects."); ok {
			line += "  (" + p.short(wrap.Printable(strings.TrimSuffix(project, ".mcpServers"))) + ")"
		}
		fmt.Fprintln(p, strings.TrimRight(line, " "))
	}
	switch {
	case len(c.Servers) == 0:
		fmt.Fprintln(p, "  no servers")
	case p.list:
	case changed == 0:
		fmt.Fprintln(p, "  nothing to change")
	case p.dryRun:
		fmt.Fprintf(p, "\n%s\n", c.Diff)
	case c.Backup != "":
		fmt.Fprintf(p, "  as it was before: %s\n", p.short(c.Backup))
	}
}

// end prints what to do next, and flushes.
//
// An error of any write before is returned here, since the buffer keeps it.
func (p *wrapPrinter) end(found bool) error {
	switch {
	case p.list && !found:
		fmt.Fprintln(p, "No MCP client with a configuration was found.")
	case p.dryRun:
	case p.wrapped:
		fmt.Fprintln(p, "Restart the client. mcptrail-collector unwrap takes this back.")
	case p.changed:
		fmt.Fprintln(p, "Restart the client.")
	}
	if err := p.Flush(); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// state is a server's, and the reason where it is not what was asked.
func (p *wrapPrinter) state(s wrap.Server) (state, why string) {
	state, why = s.State()
	switch {
	case !s.Changed:
		return state, why
	case p.dryRun && s.Wrapped:
		return "would be recorded", why
	case p.dryRun:
		return "would be as before", why
	case s.Wrapped:
		return "recorded from its next start on", why
	}
	return "as before", why
}

// short writes ~ for the home directory.
func (p *wrapPrinter) short(path string) string {
	// The slash keeps /home/anna from being a folder of /home/ann.
	if rest, ok := strings.CutPrefix(path, p.home); ok && p.home != "" && strings.HasPrefix(rest, "/") {
		path = "~" + rest
	}
	return wrap.Printable(path)
}
