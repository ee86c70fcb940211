package cli

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/recording"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// RecordingFlags are the flags that all ways of recording share. Each is declared here
// and nowhere else; wrap passes those that were given on to the servers it wraps.
type RecordingFlags struct {
	Kafka       kafkaconn.Options `embed:""`
	Tenant      string            `help:"Tenant that owns the record (default ${default})." default:"default" env:"MCPTRAIL_TENANT"`
	CollectorID string            `help:"Name of this collector; default is the host's name." env:"MCPTRAIL_COLLECTOR_ID"`
	KeyFile     string            `help:"File with the 32 byte key that session ids and tokens are hashed with; made if it is missing. Collectors that share it can be joined." env:"MCPTRAIL_KEY_FILE" placeholder:"FILE"`
	Keys        string            `help:"File with the correlation keys to look for, instead of the built-in list." env:"MCPTRAIL_KEYS" placeholder:"FILE"`
	Policy      string            `help:"File that says how much is stored and what is cut; see mcptrail-collector policy. Read again when it changes." env:"MCPTRAIL_POLICY" placeholder:"FILE"`
	MaxBody     int               `help:"Bytes of one message that are recorded." default:"1048576" env:"MCPTRAIL_MAX_BODY"`
	QueueBytes  int               `help:"Bytes that may wait to be recorded; what comes on top becomes a gap. Default is 12 MiB, or room for two messages." env:"MCPTRAIL_QUEUE_BYTES"`
	Idle        time.Duration     `help:"Silence after which a session without a better end is over." default:"30m" env:"MCPTRAIL_IDLE"`
	Grace       time.Duration     `help:"How long to wait after the end until the store has everything; what is left stays in the spool." default:"2s" env:"MCPTRAIL_GRACE"`
	Spool       string            `help:"Directory where the record waits until the store has it, one for all collectors of a host; default is mcptrail/spool in your state directory." env:"MCPTRAIL_SPOOL" placeholder:"DIR"`
	SpoolBytes  int64             `help:"Bytes that the spool may take." default:"1073741824" env:"MCPTRAIL_SPOOL_BYTES"`
	OnFull      string            `help:"What happens to messages when the record has no capacity. wait: they wait up to --max-wait (a pipe and a connection slow down as behind a slow reader), then pass, and a gap counts them. pass: they never wait. block: a request goes on only after it is on the disk, and is refused with an error where it cannot be." enum:"wait,pass,block" default:"wait" env:"MCPTRAIL_ON_FULL"`
	MaxWait     time.Duration     `help:"How long a message waits for capacity with --on-full=wait, at most. A record that has not moved for twenty times as long is not waited for until it moves." default:"250ms" env:"MCPTRAIL_MAX_WAIT"`
	Receipts    string            `help:"Query service that says what is stored, so that the spool can free it (default ${default})." default:"http://127.0.0.1:7676" env:"MCPTRAIL_RECEIPTS" placeholder:"URL"`
	// spooled is called with what is durable in the spool; nil for nobody.
	// import sets it; the recorder's goroutine calls it.
	spooled func([]durable.Record)

	Identity string `help:"File with the key that certifies this collector's seals; made if it is missing. The public key to trust is beside it." env:"MCPTRAIL_IDENTITY" placeholder:"FILE"`
}

// maxMaxWait is below what clients of MCP take for a server that does not answer.
const maxMaxWait = 10 * time.Second

// config turns the flags into the recorder's configuration. What is wrong with them is
// bad input; a key file is made if there is none.
func (r *RecordingFlags) config() (collector.Config, error) {
	c := collector.Config{Tenant: r.Tenant, CollectorID: r.CollectorID, MaxBody: r.MaxBody, QueueBytes: r.QueueBytes, Idle: r.Idle}
	var err error
	if c.CollectorID == "" {
		// In a container this name changes with each start, and with it the collector in the
		// record.
		if c.CollectorID, err = os.Hostname(); err != nil {
			return c, fmt.Errorf("asking for the host's name, give --collector-id: %w", err)
		}
	}
	if r.Keys != "" {
		if c.Keys, err = interpret.LoadKeys(r.Keys); err != nil {
			return c, badInput{err}
		}
	}
	if c.Key, err = r.key(); err != nil {
		return c, err
	}
	if r.Policy != "" {
		policy, err := redact.Load(r.Policy)
		if err != nil {
			return c, badInput{err}
		}
		c.Policy = &policy
	}
	// pass sets neither Strict nor MaxWait.
	c.Strict = r.OnFull == "block"
	if r.OnFull == "wait" {
		if r.MaxWait <= 0 || r.MaxWait > maxMaxWait {
			return c, badInput{fmt.Errorf("--max-wait: want more than 0 and at most %s; with --on-full=pass nothing waits", maxMaxWait)}
		}
		c.MaxWait = r.MaxWait
	}
	c = c.Defaults()
	// The defaults come first: what no flag sets must hold together with what one does.
	if err := c.Validate(); err != nil {
		return c, badInput{err}
	}
	return c, nil
}

// build makes the recording. Nothing connects yet. what describes it to people who look
// at the status of this host.
//
// SpoolDir is shared by all collectors of the host on purpose: whichever lives sends what
// the dead ones left.
func (r *RecordingFlags) build(c collector.Config, what string) (*recording.Recording, error) {
	dir, err := r.spoolDir()
	if err != nil {
		return nil, err
	}
	file := r.Identity
	if file == "" {
		file, _ = recording.DefaultFile("identity.key") // without a place, recording warns of an identity for one run
	}
	made, err := recording.New(recording.Config{Collector: c, Kafka: r.Kafka, SpoolDir: dir, SpoolBytes: r.SpoolBytes,
		Receipts: r.Receipts, Identity: file, Version: version(), What: what, Grace: r.Grace, Spooled: r.spooled, Log: logger()})
	if err != nil {
		return nil, badInput{err}
	}
	return made, nil
}

// spoolDir is the directory of the spool, given or usual.
func (r *RecordingFlags) spoolDir() (string, error) {
	if r.Spool != "" {
		return r.Spool, nil
	}
	dir, err := recording.DefaultSpool()
	if err != nil {
		return "", badInput{fmt.Errorf("no place for the spool, give --spool: %w", err)}
	}
	return dir, nil
}

// logger writes to standard error: standard output can be a wrapped server's.
func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }
