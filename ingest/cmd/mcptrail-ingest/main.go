// Command mcptrail-ingest stores the events and seals of Kafka topics in ClickHouse.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/ingest/daemon"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/completion"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

type flags struct {
	kafkaconn.Options
	ClickHouse     dsn.Flags     `embed:""`
	Topic          string        `env:"MCPTRAIL_TOPIC" default:"${topic}" help:"Topic of the events."`
	SealsTopic     string        `env:"MCPTRAIL_SEALS_TOPIC" default:"${seals}" help:"Topic of the seals; empty for none."`
	RejectedTopic  string        `env:"MCPTRAIL_REJECTED_TOPIC" default:"${rejected}" help:"Topic for records that are no events or seals; empty for none."`
	Group          string        `env:"MCPTRAIL_GROUP" default:"mcptrail-ingest" help:"Consumer group; processes of one group share the partitions."`
	SessionTimeout time.Duration `default:"20s" help:"How long the partitions of a process that died stand still; half of it is what an insert under way may take when the process ends."`
	StartTimeout   time.Duration `default:"30s" help:"How long to wait for Kafka at the start before giving up."`
	BlockEvents    int           `default:"${events}" help:"Events per insert under load."`
	BlockWait      time.Duration `default:"${wait}" help:"Longest wait of an event before it is stored."`
	Listen         string        `env:"MCPTRAIL_INGEST_LISTEN" default:"127.0.0.1:9464" help:"Address of /metrics and /healthz; empty for none."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 stopped, 2 could not be done, 3 bad input.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	blocks := ingest.Defaults()
	var f flags
	parser, err := kong.New(&f, kong.Name("mcptrail-ingest"), kong.Description("Stores the events of a Kafka topic and the seals over them in ClickHouse, each exactly once. `mcptrail-ingest completion SHELL` prints a script for bash, zsh or fish."),
		kong.Vars{"topic": schema.TopicEvents, "seals": schema.TopicSeals, "rejected": schema.TopicRejected, "events": fmt.Sprint(blocks.BlockEvents), "wait": blocks.BlockWait.String()})
	if err != nil {
		panic(err)
	}
	asked, err := completion.Asked(parser, args, stdout)
	if asked && err == nil {
		return 0
	}
	if err == nil {
		_, err = parser.Parse(args)
	}
	topics := []string{f.Topic}
	if f.SealsTopic != "" {
		topics = append(topics, f.SealsTopic)
	}
	config := daemon.Config{RejectedTopic: f.RejectedTopic, Listen: f.Listen, Source: kafkasource.Config{
		Kafka: f.Options, Topics: topics, Group: f.Group, SessionTimeout: f.SessionTimeout, StartTimeout: f.StartTimeout}}
	if err == nil {
		config.ClickHouse, err = f.ClickHouse.Options()
	}
	config.Blocks = blocks
	config.Blocks.BlockEvents, config.Blocks.BlockWait = f.BlockEvents, f.BlockWait
	config.Blocks.Grace = min(blocks.Grace, f.SessionTimeout/2)
	if err == nil {
		err = config.Validate()
	}
	if err != nil {
		fmt.Fprintln(stderr, "mcptrail-ingest:", err)
		return 3
	}
	if err := daemon.Run(ctx, config, slog.New(slog.NewTextHandler(stderr, nil))); err != nil {
		fmt.Fprintln(stderr, "mcptrail-ingest:", err)
		return 2
	}
	return 0
}
