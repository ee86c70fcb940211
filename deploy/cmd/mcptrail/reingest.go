package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/ingest/reingest"
	"github.com/mcptrail/mcptrail/query/cli"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/running"
)

type reingestCommand struct {
	From       string            `help:"Where to read from: beginning, an offset, a time (of UTC without a zone), or how long ago, like 90m." required:"" placeholder:"PLACE"`
	Partitions []int             `name:"partition" help:"Partitions of the topics to read; all without it." placeholder:"N"`
	Topics     []string          `name:"topic" help:"Topics to read; those of events and seals without it." default:"${topics}" placeholder:"NAME"`
	DryRun     bool              `name:"dry-run" help:"Count what is missing and store nothing."`
	Group      string            `help:"Consumer group of ingest, of which the committed offsets are read." env:"MCPTRAIL_GROUP" default:"mcptrail-ingest" placeholder:"NAME"`
	Kafka      kafkaconn.Options `embed:""`
	ClickHouse dsn.Flags         `embed:""`
	Data       string            `help:"Directory of mcptrail up; default is ~/.local/share/mcptrail." env:"MCPTRAIL_DATA" placeholder:"DIR"`
	JSON       bool              `name:"json" help:"One JSON object for each partition."`

	from reingest.From
}

// Help is shown below the flags.
func (reingestCommand) Help() string {
	return `Reads records again that Kafka still has, and stores those that the tables have lost: after rows or partitions
were deleted, or an older copy of ClickHouse was put back. It only adds what is missing, so it may run twice and
beside mcptrail-ingest, which itself reads again what lies behind the last stored record. Offsets are those of each
partition, so with several give a time or the beginning.

  mcptrail reingest --from beginning --dry-run
  mcptrail reingest --from 2026-11-30T14:00:00Z
  mcptrail reingest --from 120000 --topic mcptrail.events --partition 3

Exit status: 0 nothing is missing any more, 1 a dry run found something missing, 2 it could not be done, 3 bad input.`
}

// Validate reads the place.
func (c *reingestCommand) Validate() (err error) {
	c.from, err = reingest.ParseFrom(c.From, time.Now())
	return err
}

// Run reads and stores.
func (c *reingestCommand) Run(ctx context.Context, parsed *kong.Context, screen *cli.Screen) error {
	options, err := c.servers(parsed)
	if err != nil {
		return err
	}
	missing, stored := 0, 0
	var shown time.Time
	done, err := reingest.Run(ctx, reingest.Config{From: c.from, Partitions: c.Partitions, DryRun: c.DryRun, ClickHouse: options,
		Source: kafkasource.Config{Kafka: c.Kafka, Topics: c.Topics, Group: c.Group},
		Each: func(p reingest.Partition) {
			if time.Since(shown) > time.Second && !p.Done() {
				shown = time.Now()
				fmt.Fprintf(screen.Notes, "partition %d of %s: offset %d of %d, %d missing\n", p.Partition, p.Topic, p.Next, p.Until, p.Missing)
			}
		}})
	for i := range done {
		p := &done[i]
		missing, stored = missing+p.Missing, stored+p.Stored
		if err := c.print(screen, p); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return err
	case c.JSON:
	case len(done) == 0:
		return fmt.Errorf("there is no such partition in %v", c.Topics)
	case c.DryRun:
		fmt.Fprintf(screen, "%d records are missing that Kafka still has; nothing was stored\n", missing)
	default:
		fmt.Fprintf(screen, "%d records were missing, and are stored now\n", stored)
	}
	if c.DryRun && missing > 0 {
		return cli.Wrong()
	}
	return nil
}

func (c *reingestCommand) print(screen *cli.Screen, p *reingest.Partition) error {
	if c.JSON {
		return json.NewEncoder(screen).Encode(p)
	}
	fmt.Fprintf(screen, "partition %d of %s: read %d records from offset %d to %d, %d were missing", p.Partition, p.Topic, p.Read, p.From, p.Until, p.Missing)
	if p.Note != "" {
		fmt.Fprintf(screen, " (%s)", p.Note)
	}
	fmt.Fprintln(screen)
	return nil
}

// servers puts what was given over what runs on this machine.
func (c *reingestCommand) servers(parsed *kong.Context) (*clickhouse.Options, error) {
	data := c.Data
	if data == "" {
		var err error
		if data, err = running.Data(); err != nil {
			return nil, err
		}
	}
	flags := c.ClickHouse
	if parts, up := running.Find(data); up {
		if !given(parsed, "brokers") {
			c.Kafka.Brokers, c.Kafka.Socket = []string{parts.Kafka}, parts.KafkaSocket
		}
		if !given(parsed, "clickhouse") {
			flags = dsn.Flags{ClickHouse: parts.ClickHouse, User: parts.ClickHouseUser, Password: parts.ClickHousePassword, Database: flags.Database}
		}
	}
	return flags.Options()
}

// recordTopics are those whose records are stored.
const recordTopics = schema.TopicEvents + "," + schema.TopicSeals
