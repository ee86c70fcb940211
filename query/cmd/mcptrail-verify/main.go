// Command mcptrail-verify checks a bundle of evidence, with nothing but the bundle
// and the public keys of those whose word counts. It has no network code.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema/seal"
)

const usage = `Usage: mcptrail-verify --trust KEYS [--json] BUNDLE.zip

Checks evidence that mcptrail export wrote, by the public keys in KEYS, one a line.

Exit status: 0 if every event is as its collector sealed it; 1 if something was changed, removed, added or contradicts
itself; 2 if something is not there or not sealed without being wrong; 3 for bad input and for keys that are not trusted.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: that of the report, or 3 for bad input.
func run(args []string, out, notes io.Writer) int {
	flags := flag.NewFlagSet("mcptrail-verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	trust := flags.String("trust", "", "")
	asJSON := flags.Bool("json", false, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return 0
	}
	if err == nil && (flags.NArg() != 1 || *trust == "") {
		err = errors.New("give the keys to trust and one bundle")
	}
	if err != nil {
		fmt.Fprintf(notes, "mcptrail-verify: %v\n\n%s", err, usage)
		return 3
	}
	status, err := check(flags.Arg(0), *trust, *asJSON, out)
	if err != nil {
		fmt.Fprintln(notes, "mcptrail-verify:", err)
	}
	return status
}

// result is what --json prints.
type result struct {
	Manifest *bundle.Manifest `json:"manifest"`
	Report   *verify.Report   `json:"report"`
}

func check(file, keys string, asJSON bool, out io.Writer) (status int, err error) {
	trusted, err := seal.TrustFile(keys)
	if err != nil {
		return 3, err
	}
	f, err := os.Open(file)
	if err != nil {
		return 3, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 3, err
	}
	manifest, report, err := bundle.Verify(f, info.Size(), trusted)
	if _, broken := errors.AsType[*bundle.BrokenError](err); broken {
		return 1, err
	}
	if err != nil {
		return 3, err
	}
	if asJSON {
		err = json.NewEncoder(out).Encode(result{manifest, report})
	} else {
		fmt.Fprintf(out, "It says of itself, unsigned: %s; exported %s by %s from %s\n", manifest.Scope, manifest.Exported.Format(time.RFC3339),
			strconv.Quote(manifest.By), strconv.Quote(manifest.From))
		report.Print(out, func(word string, _ verify.Severity) string { return word })
	}
	return report.Status(), err
}
