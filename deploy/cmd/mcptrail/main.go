// Command mcptrail runs the whole service on one machine, and reads the record.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/query/cli"
	"github.com/mcptrail/mcptrail/schema/completion"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

type grammar struct {
	Up upCommand `cmd:"" help:"Run broker, engine, ingest and query service on this machine."`
	cli.Commands
	Link       linkCommand        `cmd:"" help:"Print a link that lets a browser in to the record of this machine."`
	Doctor     doctorCommand      `cmd:"" help:"Look for what is wrong, from the clients on this machine to the tables, and say what to do."`
	Reingest   reingestCommand    `cmd:"" help:"Store again what the tables have lost and Kafka still has."`
	Completion completion.Command `cmd:"" help:"Print the script with which a shell completes commands and flags."`
}

func main() {
	engine.ServeIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Main(ctx, &grammar{}, os.Args[1:], os.Stdout, os.Stderr,
		kong.Vars{"broker": kafkaconn.DefaultBroker, "topics": recordTopics}, kong.Help(help)))
}

// help leaves the flag of the reading commands out where nothing is read.
func help(options kong.HelpOptions, parsed *kong.Context) error {
	if chosen := parsed.Selected(); chosen != nil && (chosen.Name == "up" || chosen.Name == "link" || chosen.Name == "reingest" || chosen.Name == "completion") {
		for _, f := range parsed.Model.Flags {
			f.Hidden = f.Hidden || f.Name == "url"
		}
	}
	return kong.DefaultHelpPrinter(options, parsed)
}
