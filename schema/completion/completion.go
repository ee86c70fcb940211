// Package completion prints the scripts with which shells complete a program's
// commands and flags.
//
// The one rule: a script knows what the grammar knows, and starts no program: what is
// typed is never run, and completing is as fast as the shell.
package completion

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is `PROGRAM completion SHELL`. Embed it in a grammar that has commands.
type Command struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown below the flags.
func (Command) Help() string {
	return `Examples, for the current shell and for all later ones:
  source <(mcptrail completion bash)
  mcptrail completion bash > ~/.local/share/bash-completion/completions/mcptrail
  mcptrail completion zsh  > "${fpath[1]}/_mcptrail"
  mcptrail completion fish > ~/.config/fish/completions/mcptrail.fish

The other programs have the same command.`
}

// Run prints the script.
func (c Command) Run(parsed *kong.Context) error { return Write(parsed.Stdout, parsed.Model, c.Shell) }

// Asked prints the script where the arguments of a program without commands ask for
// it, and reports whether they did.
// It is for programs whose grammar takes arguments in place of commands. Call it before
// parsing: kong would refuse the word.
func Asked(parser *kong.Kong, args []string, out io.Writer) (bool, error) {
	if len(args) == 0 || args[0] != "completion" {
		return false, nil
	}
	if len(args) != 2 || !slices.Contains([]string{"bash", "zsh", "fish"}, args[1]) {
		return true, fmt.Errorf("completion: give one of bash, zsh, fish")
	}
	return true, Write(out, parser.Model, args[1])
}

// Write prints the script of a shell.
// The shell must be bash, zsh or fish: both callers have checked it.
func Write(out io.Writer, app *kong.Application, shell string) error {
	// Not every shell takes a dash in the name of a function.
	p := program{name: app.Name, function: "_" + strings.ReplaceAll(app.Name, "-", "_")}
	p.add(app.Node, nil, nil)
	scripts := map[string]func(program) string{"bash": bash, "zsh": zsh, "fish": fish}
	_, err := io.WriteString(out, scripts[shell](p))
	return err
}

// program is a grammar as scripts need it.
type program struct {
	name, function string
	// nodes are in the order of the grammar, each command behind the one above it.
	nodes []node
}

// node is the program itself or one of its commands.
type node struct {
	// path are the names of the commands that lead here.
	path     []string
	commands []word
	// flags that may be given here: so many inherited from the nodes above, the node's
	// own, and from usual on those of the command that need not be named.
	flags            []flag
	inherited, usual int
}

// word is something to type, with what it means.
type word struct{ name, help string }

type flag struct {
	word
	short string
	// takes says that a value follows; values lists them where they are known.
	takes  bool
	values []string
}

// add adds a node and all below it. Every slice that is extended is cloned first: siblings
// share path and above, and one would otherwise write into the other's.
func (p *program) add(from *kong.Node, path []string, above []flag) {
	n := node{path: path, flags: append(slices.Clone(above), flagsOf(from)...), inherited: len(above)}
	below := n.flags
	n.usual = len(below)
	// The flags of a default command may stand without its name, and those of its own come last.
	if from.DefaultCmd != nil {
		n.flags = append(slices.Clone(below), flagsOf(from.DefaultCmd)...)
	}
	for _, child := range from.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			n.commands = append(n.commands, word{child.Name, sentence(child.Help)})
		}
	}
	// Known values of an argument are typed where a command would be, so they are offered there.
	for _, argument := range from.Positional {
		if argument.Enum != "" {
			for _, value := range argument.EnumSlice() {
				n.commands = append(n.commands, word{value, sentence(argument.Help)})
			}
		}
	}
	p.nodes = append(p.nodes, n)
	for _, child := range from.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			p.add(child, append(slices.Clone(path), child.Name), below)
		}
	}
}

// flagsOf leaves out what --help leaves out.
func flagsOf(n *kong.Node) (all []flag) {
	for _, f := range n.Flags {
		if f.Hidden {
			continue
		}
		is := flag{word: word{f.Name, sentence(f.Help)}, takes: !f.IsBool() && !f.IsCounter()}
		if f.Short != 0 {
			is.short = string(f.Short)
		}
		if f.Enum != "" {
			is.values = f.EnumSlice()
		}
		all = append(all, is)
		if f.Tag.Negatable != "" {
			all = append(all, flag{word: word{"no-" + f.Name, "Not: " + sentence(f.Help)}})
		}
	}
	return all
}

// sentence is the first of a help text, without what a shell would read.
//
// Every script puts it between single quotes, and zsh reads brackets and colons in it; a
// help text must neither end the quotes nor be expanded.
func sentence(help string) string {
	help, _, _ = strings.Cut(help, ". ")
	help = strings.NewReplacer("\n", " ", "'", "’", "`", "’", `\`, "/", "$", "", `"`, "”", "[", "(", "]", ")").Replace(help)
	return strings.TrimSuffix(help, ".")
}

// at is a node's path as scripts compare it.
func (n node) at() string { return strings.Join(n.path, " ") }

// valued are all flags of the program that take a value, as they are typed.
// The scripts pass over the word behind such a flag while they look for the command, so a
// flag must take a value under all commands or under none.
func (p program) valued() (names []string) {
	for _, n := range p.nodes {
		for _, f := range n.flags {
			if f.takes {
				names = append(names, f.typed()...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f flag) typed() []string {
	names := []string{"--" + f.name}
	if f.short != "" {
		names = append(names, "-"+f.short)
	}
	return names
}

// steps are the lines of a case statement that follows the words of a command line
// from node to node.
func (p program) steps() string {
	var b strings.Builder
	for _, n := range p.nodes {
		if len(n.path) > 0 {
			above := strings.Join(n.path[:len(n.path)-1], " ")
			fmt.Fprintf(&b, "      '%s %s') at='%s' ;;\n", above, n.path[len(n.path)-1], n.at())
		}
	}
	return b.String()
}
