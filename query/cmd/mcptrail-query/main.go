// Command mcptrail-query serves the record over HTTP.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/schema/completion"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// flags is the grammar of the command line.
type flags struct {
	Serve   serve    `cmd:"" default:"withargs" help:"Serve the record; this is what happens without a command."`
	OpenAPI struct{} `cmd:"" name:"openapi" help:"Print the description of the API."`

	Completion completion.Command `cmd:"" help:"Print the script with which a shell completes commands and flags."`
}

// serve is the command that is run without a name. Its help lines are its
// documentation.
type serve struct {
	Listen     string    `env:"MCPTRAIL_LISTEN" default:"127.0.0.1:7676" placeholder:"HOST:PORT" help:"Address to serve on. There is no login yet: whoever reaches it reads the record."`
	AllowHost  []string  `env:"MCPTRAIL_ALLOW_HOSTS" placeholder:"NAME" help:"Name by which clients reach this service, besides localhost and plain addresses."`
	Tenant     string    `env:"MCPTRAIL_TENANT" default:"default" help:"Tenant whose record is served."`
	Trust      string    `env:"MCPTRAIL_TRUST" placeholder:"FILE" help:"Public keys of the collectors by whose seals events count as verified, one a line. Without it, sealed is the best that is said of any."`
	ClickHouse dsn.Flags `embed:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 stopped, 2 could not be done, 3 bad input.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var f flags
	parser, err := kong.New(&f, kong.Name("mcptrail-query"),
		kong.Description("Serves sessions, events, timelines and search over HTTP; the description is at /openapi.json."), kong.Writers(stdout, stderr))
	if err != nil {
		panic(err) // a mistake in the flags
	}
	command, err := parser.Parse(args)
	if err == nil && command.Selected().Name != "serve" {
		if command.Selected().Name == "completion" {
			err = f.Completion.Run(command)
		} else {
			_, err = stdout.Write(append(httpapi.Description(), '\n'))
		}
		if err != nil {
			fmt.Fprintln(stderr, "mcptrail-query:", err)
			return 2
		}
		return 0
	}
	config := httpapi.Config{Tenant: f.Serve.Tenant, AllowedHosts: f.Serve.AllowHost, Trust: f.Serve.Trust, Log: slog.New(slog.NewTextHandler(stderr, nil))}
	if err == nil {
		config.ClickHouse, err = f.Serve.ClickHouse.Options()
	}
	if err == nil && config.Trust != "" {
		_, err = seal.TrustFile(config.Trust)
	}
	if err != nil {
		fmt.Fprintln(stderr, "mcptrail-query:", err)
		return 3
	}
	if config.Listener, err = httpapi.Listen(f.Serve.Listen); err == nil {
		err = httpapi.Run(ctx, config)
	}
	if err != nil {
		fmt.Fprintln(stderr, "mcptrail-query:", err)
		return 2
	}
	return 0
}
