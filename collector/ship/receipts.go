package ship

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/schema/running"
)

// Stored says up to which offset the store holds everything of each partition.
type Stored func(ctx context.Context) (kafkasink.Places, error)

// Receipts asks a query service at url, "http://127.0.0.1:7676", what is stored.
func Receipts(url string) Stored {
	client := &http.Client{Timeout: 10 * time.Second}
	if base, err := neturl.Parse(url); err == nil {
		client.Transport = running.Transport(base, nil)
	}
	return func(ctx context.Context) (kafkasink.Places, error) {
		places, err := ask(ctx, client, strings.TrimSuffix(url, "/")+"/api/v1/ingest/progress")
		if err != nil {
			return nil, fmt.Errorf("asking %s what is stored: %w", url, err)
		}
		return places, nil
	}
}

// maxProgress bounds the answer, in bytes.
const maxProgress = 4 << 20

func ask(ctx context.Context, client *http.Client, url string) (kafkasink.Places, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL, which the caller names
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	var progress struct {
		Partitions []struct {
			Topic     string
			Partition int
			Offset    int64
		}
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxProgress)).Decode(&progress); err != nil {
		return nil, fmt.Errorf("reading its answer: %w", err)
	}
	places := kafkasink.Places{}
	for _, p := range progress.Partitions {
		places[kafkasink.Place{Topic: p.Topic, Partition: p.Partition}] = p.Offset
	}
	return places, nil
}
