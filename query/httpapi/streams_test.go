package httpapi_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

func TestAReaderThatLeavesStopsTheQuery(t *testing.T) {
	_, record, url := start(t)
	s := recordtest.NewSession(1)
	filler := []byte(strings.Repeat("x", 64<<10))
	for range 500 {
		s.Add(schema.Event{Kind: schema.KindStderr, Payload: filler})
	}
	record.Store(t, s.Events...)
	running := func() (n uint64) {
		err := record.Conn.QueryRow(t.Context(), `SELECT count() FROM system.processes
			WHERE current_database = currentDatabase() AND query LIKE '%FROM events%' AND query NOT LIKE '%system.processes%'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/sessions/"+recordtest.ID(1).String()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if running() == 0 {
		t.Fatal("the query is over before its reader left; the test shows nothing")
	}
	leave()
	for deadline := time.Now().Add(10 * time.Second); running() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the query runs on without its reader")
		}
	}
}

// TestTailGoesOnWhenTheServiceComesBack stops the service under a tail, stores an
// event, and starts it again in the same place.
func TestTailGoesOnWhenTheServiceComesBack(t *testing.T) {
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	listener, err := httpapi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	serve := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func(config httpapi.Config) { done <- httpapi.Run(ctx, config) }(httpapi.Config{
			Listener: listener, ClickHouse: options, Tenant: recordtest.Tenant, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	}
	stop := serve()
	c, err := client.New("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := make(chan wire.Event)
	failed := make(chan error, 1)
	go func() {
		for e, err := range c.Tail(ctx, "", wire.EventFilter{}) {
			if err != nil {
				failed <- err
				return
			}
			select {
			case seen <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	next := func(tick <-chan time.Time) (wire.Event, bool) {
		select {
		case e := <-seen:
			return e, true
		case err := <-failed:
			t.Fatal(err)
		case <-tick:
		case <-ctx.Done():
			t.Fatal("nothing came")
		}
		return wire.Event{}, false
	}
	// Something is stored until the tail has begun to watch.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	n := 1
	for begun := false; !begun; n++ {
		record.Store(t, recordtest.NewSession(n).Events[0])
		_, begun = next(tick.C)
	}
	stop()
	record.Store(t, recordtest.NewSession(1000).Events[0])
	if listener, err = httpapi.Listen(address); err != nil {
		t.Fatal(err)
	}
	stop = serve()
	defer stop()
	for {
		if e, _ := next(nil); e.SessionID == recordtest.ID(1000).String() {
			return
		}
	}
}
