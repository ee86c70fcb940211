package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/background"
	"github.com/mcptrail/mcptrail/schema"
)

// large is the session that is long. The others have a thousand events.
const large = 100_000

// opens is how often each timeline is opened; the median counts.
const opens = 5

// query measures how long the query service takes to give a timeline, from the
// request to the last byte. The long session comes in the way they all did.
func (b *bench) query(ctx context.Context, s *storage, ingest *background.Process, r *report) error {
	long, short := sessionID(1<<24), sessionID(0)
	if err := produce(ctx, s.kafka.Addr, schema.TopicEvents, conversation(long, large, rand.New(rand.NewPCG(3, 4)))); err != nil {
		return err
	}
	if _, err := s.await(ctx, ours, b.events+large, ingest); err != nil {
		return err
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	argv := b.ours("mcptrail-query", "--listen", addr, "--database", ours)
	r.Commands = append(r.Commands, strings.Join(argv, " "))
	service, err := start(argv, "MCPTRAIL_CLICKHOUSE="+s.engine.DSN(ours))
	if err != nil {
		return err
	}
	defer service.Stop()
	if err := service.Answers(ctx, addr); err != nil {
		return err
	}
	for _, session := range []struct {
		id     uuid.UUID
		events int
	}{{short, min(1000, b.events)}, {long, large}} {
		url := "http://" + addr + "/api/v1/sessions/" + session.id.String() + "/timeline"
		r.Commands = append(r.Commands, "GET "+url)
		var took []time.Duration
		size := int64(0)
		for range opens {
			began := time.Now()
			if size, err = get(ctx, url); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		r.Rows = append(r.Rows, row{fmt.Sprintf("timeline of %d events", session.events), []figure{
			{"ms", float64(sorted(took)[opens/2].Microseconds()) / 1000}, {"MB", float64(size) / 1e6}}})
	}
	return nil
}

// get reads an answer to its end and returns its size.
func get(ctx context.Context, url string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return io.Copy(io.Discard, response.Body)
}
