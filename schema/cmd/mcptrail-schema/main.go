// Command mcptrail-schema makes and updates the tables of mcptrail.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/schema/completion"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
)

type flags struct {
	dsn.Flags
	Cluster string `env:"MCPTRAIL_CLUSTER" help:"Make sharded, replicated tables on all nodes of this cluster of the servers' configuration."`

	Migrate struct{} `cmd:"" help:"Create the database and its tables, or bring them up to date."`
	Status  struct{} `cmd:"" help:"List the migrations and which of them are applied; exits 1 while one is pending."`
	Print   struct{} `cmd:"" help:"Write the statements instead of running them."`

	Completion completion.Command `cmd:"" help:"Print the script with which a shell completes commands and flags."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 good, 1 migrations pending, 2 could not be done,
// 3 bad input.
func run(args []string, stdout, stderr io.Writer) int {
	var f flags
	parser, err := kong.New(&f, kong.Name("mcptrail-schema"), kong.Description("Tables of mcptrail in ClickHouse."), kong.Writers(stdout, stderr))
	if err != nil {
		panic(err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, "mcptrail-schema:", err)
		return 3
	}
	layout := ddl.Layout{Database: f.Database, Cluster: f.Cluster}
	server, err := f.Options()
	if err = errors.Join(err, layout.Validate()); err != nil {
		fmt.Fprintln(stderr, "mcptrail-schema:", err)
		return 3
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	pending, applied := 0, 0
	switch command.Command() {
	case "migrate":
		if applied, err = ddl.Migrate(ctx, server, layout); err == nil {
			fmt.Fprintf(stdout, "database %s: %d migrations applied\n", layout.Database, applied)
		}
	case "status":
		var states []ddl.State
		states, err = ddl.Status(ctx, server, layout)
		for _, s := range states {
			when := s.AppliedAt.UTC().Format("2006-01-02 15:04:05")
			if s.AppliedAt.IsZero() {
				pending, when = 1, "pending"
			}
			fmt.Fprintf(stdout, "%-26s %s\n", s.Name, when)
		}
	case "completion <shell>":
		err = f.Completion.Run(command)
	case "print":
		err = ddl.Print(stdout, layout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "mcptrail-schema:", err)
		return 2
	}
	return pending
}
