package completion_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/schema/completion"
)

type grammar struct {
	Broker string `short:"b" help:"Where it's listening: \"HOST:PORT\" [$X]. More."`
	List   struct {
		Format  string `enum:"text,json" default:"text" help:"How to print."`
		Verbose bool   `negatable:"" help:"Say more."`
	} `cmd:"" help:"List things."`
	Policy struct {
		Check struct {
			File string `arg:"" help:"A file."`
		} `cmd:"" help:"Check a file."`
		Show struct{} `cmd:"" help:"Show it."`
	} `cmd:"" help:"Look at policies."`
	Usual struct {
		Port int `help:"Where."`
	} `cmd:"" default:"withargs" help:"What happens without a command."`
	Completion completion.Command `cmd:"" help:"Print a script."`
	Secret     struct{}           `cmd:"" hidden:"" help:"Not for eyes."`
}

func script(t *testing.T, shell string) string {
	t.Helper()
	parser, err := kong.New(&grammar{}, kong.Name("my-tool"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := completion.Write(&out, parser.Model, shell); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "secret") {
		t.Error("offers what is hidden")
	}
	return out.String()
}

// typed is what stands before the cursor, and want what must be offered.
var typed = []struct{ line, want string }{
	{"my-tool ", "list policy usual completion"},
	{"my-tool li", "list"},
	{"my-tool -", "--help -h --broker -b --port"},
	{"my-tool list --", "--help --broker --format --verbose --no-verbose"},
	{"my-tool --broker list ", "list policy usual completion"},
	{"my-tool -b x list --f", "--format"},
	{"my-tool list --format ", "text json"},
	{"my-tool list --format j", "json"},
	{"my-tool policy ", "check show"},
	{"my-tool policy check --br", "--broker"},
	{"my-tool --po", "--port"},
	{"my-tool usual --po", "--port"},
	{"my-tool list --po", ""},
	{"my-tool completion z", "zsh"},
}

// TestARealBashCompletes sources the script and asks for completions as readline does.
func TestARealBashCompletes(t *testing.T) {
	lines := slices.Clone(typed)
	lines = append(lines, []struct{ line, want string }{
		{"my-tool list --format = j", "json"}, // bash makes three words of it
		{"my-tool list --format =", "text json"},
		{"my-tool --broker = x pol", "policy"},
		{"my-tool policy check -- --br", ""},
	}...)
	for _, c := range lines {
		words := strings.Split(c.line, " ")
		program := script(t, "bash") + `
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _my_tool; printf '%s\n' "${COMPREPLY[@]}"`
		got := run(t, "bash", append([]string{"--norc", "-c", program, "bash"}, words...)...)
		compare(t, c.line, got, c.want)
	}
}

// TestARealZshCompletes runs the function with the builtins that only work within a
// completion replaced by ones that print.
func TestARealZshCompletes(t *testing.T) {
	const around = `compdef() { : }
_describe() { [[ $1 == -o ]] && shift; print -l -- ${${(P)2}%%:*} }
compadd() { print -l -- ${(P)2} }
_files() { print FILES }
compset() { PREFIX=${PREFIX#*=} }
`
	for _, c := range typed {
		words := strings.Split(c.line, " ")
		program := around + script(t, "zsh") + `
words=("$@"); CURRENT=$#; PREFIX=$words[CURRENT]; _my_tool`
		got := run(t, "zsh", append([]string{"-f", "-c", program, "zsh"}, words...)...)
		last := words[len(words)-1]
		got = slices.DeleteFunc(got, func(word string) bool { return !strings.HasPrefix(word, last) }) // as zsh does
		compare(t, c.line, got, c.want)
	}
}

func TestARealFishCompletes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my-tool.fish")
	if err := os.WriteFile(file, []byte(script(t, "fish")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range typed {
		if c.line == "my-tool --broker list " {
			continue // fish takes the value of a flag for a command
		}
		lines := run(t, "fish", "--no-config", "-c", "source "+file+"; complete -C '"+c.line+"'")
		var got []string
		for _, line := range lines {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		if strings.HasSuffix(c.line, " -") {
			continue // fish lists -h and --help in its own way
		}
		compare(t, c.line, got, c.want)
	}
}

func run(t *testing.T, shell string, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("SKIPPED: no %s here", shell)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = t.TempDir() // without files that could be completed
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 10 })
}

func compare(t *testing.T, line string, got []string, want string) {
	t.Helper()
	words := strings.Fields(want)
	slices.Sort(got)
	slices.Sort(words)
	if !slices.Equal(got, words) {
		t.Errorf("%q: offers %q, want %q", line, got, words)
	}
}

func TestAProgramWithoutCommandsIsAsked(t *testing.T) {
	parser, err := kong.New(&struct{ Topic string }{}, kong.Name("plain"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if asked, err := completion.Asked(parser, []string{"completion", "bash"}, &out); !asked || err != nil || !strings.Contains(out.String(), "--topic") {
		t.Errorf("%v, %v: %s", asked, err, &out)
	}
	if asked, err := completion.Asked(parser, []string{"completion", "tcsh"}, &out); !asked || err == nil {
		t.Errorf("%v, %v", asked, err)
	}
	if asked, err := completion.Asked(parser, []string{"--topic", "x"}, &out); asked || err != nil {
		t.Errorf("%v, %v", asked, err)
	}
}
