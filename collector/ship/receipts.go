package ship

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/schema/running"
)

// Run is a run of a collector, and ranges of its numbers: those that are asked for, or
// those that are stored. Ranges ascend.
type Run struct {
	Epoch  uuid.UUID `json:"epoch"`
	Events []Range   `json:"events"`
	Seals  []Range   `json:"seals"`
}

// Log is how far ingest has stored one topic partition.
type Log struct {
	// Offset of the last record that is stored; -1 before the first.
	Offset int64
	// Number changes when the partition has another log, whose offsets begin again.
	Number int64
}

// Receipts are what the store has.
type Receipts struct {
	// Logs were read before Runs: what was published at an offset that its log has passed
	// and is in no run is not in that log.
	Logs map[kafkasink.Place]Log
	// Runs by epoch, within what was asked for.
	Runs map[uuid.UUID]Run
}

// Stored asks what is stored of some runs.
// An error means that nothing is known, so nothing is freed and nothing is published again.
// It is called by one goroutine.
type Stored func(ctx context.Context, runs []Run) (Receipts, error)

// FromQuery asks a query service at base, "http://127.0.0.1:7676".
func FromQuery(base string) Stored {
	client := &http.Client{Timeout: 10 * time.Second}
	if at, err := url.Parse(base); err == nil {
		client.Transport = running.TrustedTransport(at)
	}
	return func(ctx context.Context, runs []Run) (Receipts, error) {
		r, err := ask(ctx, client, strings.TrimSuffix(base, "/")+"/api/v1/ingest/progress?"+question(runs).Encode(), runs)
		if err != nil {
			return r, fmt.Errorf("asking %s what is stored: %w", base, err)
		}
		return r, nil
	}
}

func question(runs []Run) url.Values {
	values := url.Values{}
	for _, run := range runs {
		for name, list := range map[string][]Range{"run": run.Events, "seals": run.Seals} {
			for _, r := range list {
				values.Add(name, fmt.Sprintf("%s:%d-%d", run.Epoch, r.From, r.To))
			}
		}
	}
	return values
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 16 << 20

func ask(ctx context.Context, client *http.Client, url string, runs []Run) (Receipts, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Receipts{}, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return Receipts{}, errors.Unwrap(err) // without the URL, which the caller names
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return Receipts{}, fmt.Errorf("it answers %s", answer.Status)
	}
	var progress struct {
		Partitions []struct {
			Topic       string
			Partition   int
			Offset, Log int64
		}
		Runs []Run
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&progress); err != nil {
		return Receipts{}, fmt.Errorf("reading its answer: %w", err)
	}
	r := Receipts{Logs: map[kafkasink.Place]Log{}, Runs: map[uuid.UUID]Run{}}
	for _, p := range progress.Partitions {
		r.Logs[kafkasink.Place{Topic: p.Topic, Partition: p.Partition}] = Log{p.Offset, p.Log}
	}
	for _, run := range progress.Runs {
		r.Runs[run.Epoch] = run
	}
	if slices.ContainsFunc(runs, func(run Run) bool { _, there := r.Runs[run.Epoch]; return !there }) {
		// Without this, a service that ignores the parameters would look like one that has
		// stored nothing, and all would be published again and again.
		return r, errors.New("it does not say what is stored of a collector's run: it is older than this collector, bring it up to date")
	}
	return r, nil
}
