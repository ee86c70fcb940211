package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/export"
)

// Export is the command.
// Nothing is checked on the way out: an export needs no key. The record is read once, in the
// order in which a bundle has it.
type Export struct {
	ID string `arg:"" optional:"" help:"Session: its id, the short form, or the beginning of either; default is all of the record."`
	RangeFlags
	Bundle string `required:"" placeholder:"FILE.zip" help:"Write evidence: events, seals and proofs in one file that mcptrail-verify checks without a network."`
	By     string `placeholder:"NAME" help:"Who exports it, as the bundle says; default is user and host."`
}

// Help teaches by example.
func (Export) Help() string {
	return `A bundle goes to somebody who has the collectors' public keys (identity.pub) from you and trusts nobody else. It holds what
was chosen, word for word, so it is as secret as the record.

  mcptrail export 8a3f9c21d0b4 --bundle incident.zip
  mcptrail export --from 2026-11-01 --to 2026-12-01 --bundle november.zip
  mcptrail-verify --trust identity.pub incident.zip`
}

// Run writes a bundle.
func (c *Export) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	sel, err := c.selection(ctx, api, c.ID)
	if err != nil {
		return err
	}
	if c.By == "" {
		// The name is a claim of who ran the command, as the bundle says; nothing checks it.
		host, _ := os.Hostname() // a name for people
		c.By = or(os.Getenv("USER"), fmt.Sprintf("uid %d", os.Getuid())) + "@" + host
	}
	p := newProgress(screen, "events exported")
	// Nobody signs these; a bundle calls them a statement.
	about := export.About{Session: sel.Session, From: sel.From, To: sel.To, Exported: time.Now(), By: c.By, Source: api.URL()}
	// Save writes beside the file and renames at the end: an export that failed leaves no
	// file that looks like evidence.
	written, err := export.Save(c.Bundle, export.Bundle, about, p.counted(api.Record(ctx, sel, p.begin)))
	// Before the error is looked at, or the message would stand behind the progress.
	p.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(screen, "%s: %s, %s of %s; %s\n", printable(c.Bundle), count(written.Events, "event"), count(written.Seals, "seal"),
		count(written.Epochs, "collector run"), written.Scope)
	return nil
}
