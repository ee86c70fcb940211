package testbed

import (
	"context"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

func TestMain(m *testing.M) { Main(m) }

func TestClickHouseGivesAnEmptyDatabase(t *testing.T) {
	db := ClickHouse(t)
	conn, err := clickhouse.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var name string
	var tables uint64
	row := conn.QueryRow(context.Background(), "SELECT currentDatabase(), (SELECT count() FROM system.tables WHERE database = currentDatabase())")
	if err := row.Scan(&name, &tables); err != nil {
		t.Fatal(err)
	}
	if name != db.Name || tables != 0 {
		t.Errorf("got database %s with %d tables, want %s with none", name, tables, db.Name)
	}
}

func TestClickHouseComesBackAfterATestThatEndedIt(t *testing.T) {
	before := ClickHouse(t)
	syscall.Kill(parts.engine.Pid(), syscall.SIGKILL)
	<-parts.engine.Done()
	if after := ClickHouse(t); after.Addr != before.Addr {
		t.Errorf("it came back on %s, want %s", after.Addr, before.Addr)
	}
}

func TestTopicGivesAnEmptyTopicOfThatManyPartitions(t *testing.T) {
	ctx := wait.Context(t)
	brokers, topic := Topic(t, 3)
	transport := &kafka.Transport{} // the default one remembers the topics of other tests
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport}
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(meta.Topics[0].Partitions); n != 3 {
		t.Errorf("got %d partitions, want 3", n)
	}
}
