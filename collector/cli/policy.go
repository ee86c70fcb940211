package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// policyCommand groups what works on policies. None of it needs a collector.
type policyCommand struct {
	Default policyDefault `cmd:"" help:"Print the built-in policy, to begin your own with."`
	Schema  policySchema  `cmd:"" help:"Print the JSON Schema of policy files, for your editor."`
	Check   policyCheck   `cmd:"" help:"Say what is wrong with a policy file, or can never have an effect."`
	Explain policyExplain `cmd:"" help:"Say what a policy would store of a message, and which rule would take what."`
	Token   policyToken   `cmd:"" help:"Say what to search the record for to find a value that was cut."`
}

type policyDefault struct{}

// Run prints the text with its comments.
func (policyDefault) Run() error { return write(redact.DefaultFile()) }

type policySchema struct{}

// Run prints the schema.
func (policySchema) Run() error { return write(redact.JSONSchema()) }

func write(text []byte) error {
	_, err := os.Stdout.Write(text)
	return err
}

// policyCheck reads a policy as a collector would.
type policyCheck struct {
	File string `arg:"" help:"Policy file."`
}

// Run lists the problems. The exit status is 3 if a collector would refuse the file, 1 if
// it would not and a rule has no effect.
//
// Problems go to standard output, as the result of the command; so a script can read them
// whatever the status is.
func (c policyCheck) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return badInput{err}
	}
	status, out := 0, bufio.NewWriter(os.Stdout)
	for _, p := range redact.Check(data) {
		kind := "warning"
		if p.Fatal {
			kind, status = "error", 3
		} else if status == 0 {
			status = 1
		}
		where := c.File
		if p.Where != "" {
			where += ": " + p.Where
		}
		fmt.Fprintf(out, "%s: %s: %s\n", where, kind, p.What)
	}
	if status == 0 {
		fmt.Fprintf(out, "%s: good\n", c.File)
		return out.Flush()
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return exitStatus(status)
}

// policyExplain applies a policy to one message.
type policyExplain struct {
	File     string `arg:"" optional:"" help:"Policy file; the built-in policy without one."`
	Input    string `help:"File with one message; - is standard input." default:"-" placeholder:"FILE"`
	Upstream string `help:"Name of the server that the message goes to or comes from."`
	Method   string `help:"Method of the request, where the message is its answer."`
	Target   string `help:"Tool, prompt or resource of the request, where the message is its answer."`
}

// maxExplained is the size of a message that the largest event could hold.
const maxExplained = schema.MaxPayload

// Run prints the explanation as JSON.
func (c policyExplain) Run() error {
	policy := redact.Default()
	if c.File != "" {
		var err error
		if policy, err = redact.Load(c.File); err != nil {
			return badInput{err}
		}
	}
	in := os.Stdin
	if c.Input != "-" {
		f, err := os.Open(c.Input)
		if err != nil {
			return badInput{err}
		}
		defer f.Close()
		in = f
	}
	// One byte more than may be, to know that there is more.
	data, err := io.ReadAll(io.LimitReader(in, maxExplained+1))
	if err != nil {
		return badInput{fmt.Errorf("reading the message: %w", err)}
	}
	if len(data) > maxExplained {
		return badInput{errors.New("reading the message: it is longer than an event can hold")}
	}
	input := redact.Input{Upstream: c.Upstream, Method: c.Method, Target: c.Target, Kind: schema.KindNoise,
		Body: message.Copy(data, maxExplained)}
	// The flags name what an answer belongs to; a request names that itself.
	if m, err := jsonrpc.Scan(data); err == nil {
		input.Kind = m.Kind
		if m.Method != "" {
			input.Method, input.Target = m.Method, m.Target
		}
	}
	explanation, err := redact.Explain(policy, input)
	if err != nil {
		return badInput{err}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(explanation)
}
