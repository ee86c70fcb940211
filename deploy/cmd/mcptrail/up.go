package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/mcptrail/mcptrail/collector/recording"
	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/deploy/allinone"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/running"
)

type upCommand struct {
	Data        string `help:"Directory for everything that is stored; default is ~/.local/share/mcptrail." env:"MCPTRAIL_DATA" placeholder:"DIR"`
	Listen      string `help:"Address of the query service (default ${default})." default:"127.0.0.1:7676" env:"MCPTRAIL_LISTEN" placeholder:"HOST:PORT"`
	KafkaListen string `help:"Address by which programs of yours name the embedded broker, which listens at a socket in the data directory and on no port (default ${default})." default:"${broker}" env:"MCPTRAIL_KAFKA_LISTEN" placeholder:"HOST:PORT"`
	ClickHouse  string `name:"clickhouse" help:"Use this ClickHouse (HOST:PORT or clickhouse://…) instead of starting one." env:"MCPTRAIL_CLICKHOUSE" placeholder:"ADDR"`
	Spool       string `help:"Directory where collectors of this host leave what they could not send; default is theirs." env:"MCPTRAIL_SPOOL" placeholder:"DIR"`
	Identity    string `help:"File with the key that certifies the collectors of this host; default is theirs." env:"MCPTRAIL_IDENTITY" placeholder:"FILE"`
	Trust       string `help:"Public keys of the collectors by whose seals events count as verified, one a line; default is the key of this host's collectors." env:"MCPTRAIL_TRUST" placeholder:"FILE"`
	Upstreams   string `help:"File with the remote servers of wrapped clients, for which an HTTP collector is started; default is upstreams.json in the mcptrail folder of your configuration directory." env:"MCPTRAIL_UPSTREAMS_FILE" placeholder:"FILE"`
	Verbose     bool   `short:"v" help:"Log what the parts do."`
}

// Help is shown below the flags.
func (upCommand) Help() string {
	return `Runs a Kafka-protocol broker, a ClickHouse engine, ingest and the query service in one
process tree on loopback, and an HTTP collector once mcptrail-collector wrap has told a client
to call its remote servers there. Collectors and mcptrail's other commands on this machine find it
without flags. Ctrl-C stops it; what was stored is there at the next start.`
}

// Run blocks until Ctrl-C.
func (c *upCommand) Run(ctx context.Context) error {
	if c.Data == "" {
		dir, err := running.Data()
		if err != nil {
			return fmt.Errorf("no place for the data, give --data: %w", err)
		}
		c.Data = dir
	}
	// What this process asks and starts finds the parts over this directory, also where
	// somebody else has taken the list of what this user runs.
	if err := os.Setenv(running.DataVariable, c.Data); err != nil {
		return err
	}
	if c.Spool == "" {
		dir, err := recording.DefaultSpool()
		if err != nil {
			return fmt.Errorf("no place for the spool, give --spool: %w", err)
		}
		c.Spool = dir
	}
	if c.Identity == "" {
		c.Identity, _ = recording.DefaultFile("identity.key") // without a place, the seals say so
	}
	if c.Trust == "" && c.Identity != "" {
		c.Trust = strings.TrimSuffix(c.Identity, filepath.Ext(c.Identity)) + ".pub" // where sealer leaves it
	}
	if c.Upstreams == "" {
		c.Upstreams, _ = upstreams.DefaultFile() // without a home nobody has clients here
	}
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	fmt.Fprintf(os.Stderr, "starting in %s\n", c.Data)
	err := allinone.Run(ctx, allinone.Config{Data: c.Data, Listen: c.Listen, KafkaListen: c.KafkaListen, ClickHouse: c.ClickHouse, Spool: c.Spool, Identity: c.Identity,
		Trust: c.Trust, Upstreams: c.Upstreams,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Ready: func(a allinone.Addresses) {
			fmt.Printf("mcptrail is up, for you alone\n  query API   %s\n  broker      %s\n  ClickHouse  %s\n  data        %s\n", a.API, a.Kafka, a.ClickHouse, c.Data)
			fmt.Printf("open in your browser, once:  %s\n  (mcptrail link prints another)\n", a.Link)
			flags := ""
			if a.Kafka != kafkaconn.DefaultBroker {
				flags = " --brokers " + a.Kafka
			}
			if a.API != client.DefaultURL {
				flags += " --receipts " + a.API
			}
			fmt.Printf("record a client:  mcptrail-collector wrap%s --client NAME   (--list shows which)\n", flags)
			fmt.Printf("record a server:  mcptrail-collector stdio%s -- COMMAND ARGS\nstop with Ctrl-C\n", flags)
		}})
	if err == nil {
		fmt.Fprintln(os.Stderr, "stopped")
	}
	return err
}
