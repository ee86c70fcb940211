package completion

import (
	"fmt"
	"strings"
)

// fish prints one line for each command and flag; fish offers files besides, where a
// command or flag does not say what else it takes.
// fish itself offers the flags of the nodes above at the nodes below, so inherited ones are
// not repeated.
func fish(p program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion for %s\n", p.name)
	for _, n := range p.nodes {
		line := func(here, format string, args ...any) {
			fmt.Fprintf(&b, "complete -c %s%s ", p.name, here)
			fmt.Fprintf(&b, format+"\n", args...)
		}
		for _, c := range n.commands {
			line(n.where(true), "-f -a '%s' -d '%s'", c.name, c.help)
		}
		for i, f := range n.flags[n.inherited:] {
			kind := ""
			switch {
			case len(f.values) > 0:
				// -x: only these values, no files. -r: a value must follow, of which fish offers files.
				kind = " -x -a '" + strings.Join(f.values, " ") + "'"
			case f.takes:
				kind = " -r"
			}
			short := ""
			if f.short != "" {
				short = " -s " + f.short
			}
			line(n.where(n.inherited+i >= n.usual), "-l %s%s%s -d '%s'", f.name, short, kind, f.help)
		}
	}
	return b.String()
}

// where is the condition for a line of the node: behind the commands that lead to it,
// and for the commands below it not behind another one of those.
func (n node) where(command bool) string {
	var tests []string
	for _, name := range n.path {
		tests = append(tests, "__fish_seen_subcommand_from "+name)
	}
	if command && len(n.path) == 0 {
		tests = append(tests, "__fish_use_subcommand")
	} else if command {
		var below []string
		for _, c := range n.commands {
			below = append(below, c.name)
		}
		tests = append(tests, "not __fish_seen_subcommand_from "+strings.Join(below, " "))
	}
	if len(tests) == 0 {
		return ""
	}
	return " -n '" + strings.Join(tests, "; and ") + "'"
}
