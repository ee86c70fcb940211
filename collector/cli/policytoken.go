package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/mcptrail/mcptrail/collector/redact"
	"golang.org/x/term"
)

// policyToken computes the marks that a value left in the record.
type policyToken struct{}

// Help is shown below the flags.
func (policyToken) Help() string {
	return `Reads the value from standard input, or asks for it on a terminal and does not show it. Nothing is sent anywhere.

  mcptrail-collector policy token --key-file /etc/mcptrail/collector.key <secret.txt
  mcptrail search 71ea25704c53e900

Tenant, key and policy must be those of the collector that recorded. A value that stood in the record only as a part
of a longer one, or in a body that was withheld, is not found.`
}

// maxValue is the longest value that is looked for, in bytes.
const maxValue = 64 << 10

// Run prints what to search for, the surest first.
//
// The key is read and never made: the marks of a new key would be in no record.
func (policyToken) Run(r *RecordingFlags) error {
	policy := redact.Default()
	if r.Policy != "" {
		var err error
		if policy, err = redact.Load(r.Policy); err != nil {
			return badInput{err}
		}
	}
	name, err := r.keyFile()
	if err != nil {
		return badInput{fmt.Errorf("give --key-file: %w", err)}
	}
	key, err := readKey(name)
	if errors.Is(err, fs.ErrNotExist) {
		return badInput{fmt.Errorf("no key in %s, give the --key-file of the collector that recorded", name)}
	} else if err != nil {
		return err
	}
	redactor, err := redact.New(policy, r.Tenant, key)
	if err != nil {
		return badInput{err}
	}
	value, err := readValue()
	if err != nil {
		return badInput{fmt.Errorf("reading the value: %w", err)}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, t := range redactor.Traces(string(value)) {
		fmt.Fprintf(out, "%s\t%s\n", t.Text, t.Where)
	}
	return out.Flush()
}

// readValue reads a secret without showing it. One line break at its end is not part of it:
// echo and editors put it there.
func readValue() (value []byte, err error) {
	if terminal := int(os.Stdin.Fd()); term.IsTerminal(terminal) {
		fmt.Fprint(os.Stderr, "Value (it is not shown): ")
		value, err = term.ReadPassword(terminal)
		fmt.Fprintln(os.Stderr)
	} else {
		// The value comes neither as an argument nor from a variable: other processes can see
		// both, and a shell's history keeps arguments.
		value, err = io.ReadAll(io.LimitReader(os.Stdin, maxValue+1))
		value = bytes.TrimSuffix(bytes.TrimSuffix(value, []byte{'\n'}), []byte{'\r'})
	}
	switch {
	case err != nil:
		return nil, err
	case len(value) == 0:
		return nil, errors.New("it is empty")
	case len(value) > maxValue:
		return nil, fmt.Errorf("it is longer than %d bytes", maxValue)
	}
	return value, nil
}
