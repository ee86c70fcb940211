package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/deploy/doctor"
	"github.com/mcptrail/mcptrail/query/cli"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/running"
)

type doctorCommand struct {
	Kafka      kafkaconn.Options `embed:""`
	ClickHouse dsn.Flags         `embed:""`
	Data       string            `help:"Directory of mcptrail up; default is ~/.local/share/mcptrail." env:"MCPTRAIL_DATA" placeholder:"DIR"`
	Spool      string            `help:"Directory where the collectors of this host keep what is not stored yet; default is mcptrail/spool in your state directory." env:"MCPTRAIL_SPOOL" placeholder:"DIR"`
	Upstreams  string            `help:"File with the remote servers of wrapped clients; default is upstreams.json in the mcptrail folder of your configuration directory." env:"MCPTRAIL_UPSTREAMS_FILE" placeholder:"FILE"`
	JSON       bool              `name:"json" help:"One JSON object for each finding."`
}

// Help is shown below the flags.
func (doctorCommand) Help() string {
	return `Changes nothing. Where mcptrail up runs on this machine it is looked at without flags; otherwise give the flags and
variables that your collectors and services have.

  mcptrail doctor
  mcptrail doctor --json | jq 'select(.level == "wrong")'
  mcptrail doctor --brokers kafka:9092 --clickhouse clickhouse:9000 --url http://trail:7676

Exit status: 0 nothing is wrong, 1 something is, 2 it could not be done.`
}

// Run looks and prints.
func (c *doctorCommand) Run(ctx context.Context, parsed *kong.Context, root *grammar, api *client.Client, screen *cli.Screen) error {
	config, err := c.config(parsed, root.URL, api)
	if err != nil {
		return err
	}
	found, err := doctor.Look(ctx, config)
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(screen)
		out.SetEscapeHTML(false)
		for _, f := range found {
			if err := out.Encode(f); err != nil {
				return err
			}
		}
	} else if err := (doctor.Printer{Out: screen, Width: screen.Width, Colour: screen.Colour}).Print(found); err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Level == doctor.Wrong }) {
		return cli.Wrong()
	}
	return nil
}

// config puts what was given over what runs on this machine.
func (c *doctorCommand) config(parsed *kong.Context, url string, api *client.Client) (config doctor.Config, err error) {
	config = doctor.Config{Kafka: c.Kafka, Query: api, URL: url, Data: c.Data, Spool: c.Spool, Upstreams: c.Upstreams}
	if config.Data == "" {
		if config.Data, err = running.Data(); err != nil {
			return config, err
		}
	}
	if config.Spool == "" {
		if config.Spool, err = spoolDir(); err != nil {
			return config, err
		}
	}
	if config.Upstreams == "" {
		if config.Upstreams, err = upstreams.DefaultFile(); err != nil {
			return config, err
		}
	}
	if config.Machine, err = clientconfig.ThisMachine(); err != nil {
		return config, err
	}
	if config.ClickHouse, err = c.ClickHouse.Options(); err != nil {
		return config, err
	}
	parts, up := running.Find(config.Data)
	if !up {
		return config, nil
	}
	if !given(parsed, "brokers") {
		config.Kafka.Brokers = []string{parts.Kafka}
	}
	if !given(parsed, "url") {
		if config.Query, err = client.New(parts.API); err != nil {
			return config, err
		}
		config.URL = parts.API
	}
	if !given(parsed, "clickhouse") {
		config.Up = true
		config.ClickHouse, err = dsn.Flags{ClickHouse: parts.ClickHouse, User: parts.ClickHouseUser, Password: parts.ClickHousePassword,
			Database: c.ClickHouse.Database}.Options()
	}
	return config, err
}

// given reports whether a flag has a value that somebody chose.
func given(parsed *kong.Context, name string) bool {
	for _, p := range parsed.Path {
		if p.Flag != nil && p.Flag.Name == name {
			return true
		}
	}
	for _, f := range parsed.Flags() {
		if f.Name == name {
			return slices.ContainsFunc(f.Envs, func(variable string) bool { return os.Getenv(variable) != "" })
		}
	}
	return false
}

// spoolDir is where collectors have theirs, after the XDG base directories.
func spoolDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "mcptrail", "spool"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "mcptrail", "spool"), nil
}
