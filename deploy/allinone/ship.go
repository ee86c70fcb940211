package allinone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/recording"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// ship sends what collectors of this host leave when they end, until ctx ends.
func ship(ctx context.Context, config Config, at Addresses, kafka string) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("asking for the host's name: %w", err)
	}
	identity := config.Identity
	rec, err := recording.New(recording.Config{
		Collector: collector.Config{Tenant: tenant, CollectorID: host}.Defaults(),
		Kafka:     kafkaconn.Options{Brokers: []string{at.Kafka}, Socket: kafka}, Receipts: at.API, SpoolDir: config.Spool,
		Identity: identity, What: "ship, in mcptrail up", Grace: time.Second, Log: config.Log,
	})
	if err != nil {
		return err
	}
	err = rec.Run(ctx, 0, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	if errors.Is(err, recording.ErrUnshipped) {
		return nil // the next one sends it
	}
	return err
}
