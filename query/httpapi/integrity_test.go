package httpapi_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// sealedSession stores session 1 with that many calls, under a seal for every hundred
// events, and another session that the same seals cover. It gives the service's URL.
func sealedSession(t *testing.T, calls int) (*recordtest.Record, []*schema.Event, string) {
	t.Helper()
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	collector := sealtest.New(recordtest.Tenant, "laptop-7")
	url := serveTrusting(t, options, collector)
	session, other := recordtest.NewSession(1), recordtest.NewSession(2)
	for n := range calls {
		session.ReadFile(fmt.Sprintf("/tmp/%d", n), "text")
	}
	session.Close()
	other.Close()
	epoch := collector.Epoch(recordtest.Start.UnixNano())
	for n, e := range append(other.Events, session.Events...) {
		epoch.Add(e)
		if n%100 == 99 {
			record.Seal(t, epoch.Seal(false))
		}
	}
	record.Seal(t, epoch.Seal(true))
	record.Store(t, append(other.Events, session.Events...)...)
	return record, session.Events, url
}

// serveTrusting runs the service with a collector's key among those it trusts.
func serveTrusting(t *testing.T, options *clickhouse.Options, collector *sealtest.Collector) string {
	t.Helper()
	trust := filepath.Join(t.TempDir(), "trust")
	if err := os.WriteFile(trust, []byte(collector.Key.Public()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return serveConfig(t, httpapi.Config{ClickHouse: options, Tenant: recordtest.Tenant, Trust: trust})
}

func timelineOf(t *testing.T, url, query string) (tl query.Timeline) {
	t.Helper()
	response, body := get(t, url+"/api/v1/sessions/"+recordtest.ID(1).String()+"/timeline"+query)
	if response.StatusCode != 200 {
		t.Fatalf("%s: %d %s", query, response.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), &tl); err != nil {
		t.Fatal(err)
	}
	return tl
}

func TestAPageIsCheckedAgainstItsSeals(t *testing.T) {
	record, events, url := sealedSession(t, 2200)
	const change = "ALTER TABLE events UPDATE %s WHERE session_id = '%s' AND seq = %d SETTINGS mutations_sync = 2"
	do := func(statement string) {
		t.Helper()
		if err := record.Conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	states := func() string {
		var all []string
		for _, part := range []string{"", "?limit=5", "?from_seq=4001&limit=5", "?from_seq=4390&limit=50"} {
			i := timelineOf(t, url, part).Integrity
			text := i.State
			if i.FirstBadSeq != nil {
				text += fmt.Sprintf(" at %d", *i.FirstBadSeq)
			}
			if i.State == query.Verified && i.Sealed != i.Events {
				text += fmt.Sprintf(" %d of %d", i.Sealed, i.Events)
			}
			all = append(all, text)
		}
		return strings.Join(all, ", ")
	}
	expect := func(when, want string) {
		t.Helper()
		if got := states(); got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
	}
	if len(events) < 4400 {
		t.Fatalf("%d events", len(events))
	}
	expect("untampered", "verified, verified, verified, verified")
	// What a page does not read, it says nothing about.
	do(fmt.Sprintf(change, "mono = mono + 1", recordtest.ID(1), 4002))
	expect("an event of the middle was changed", "broken at 4002, verified, broken at 4002, broken at 4002")
	do(fmt.Sprintf(change, "mono = mono - 1", recordtest.ID(1), 4002))
	expect("it was put back", "verified, verified, verified, verified")
	do(fmt.Sprintf("ALTER TABLE events DELETE WHERE session_id = '%s' AND seq >= 4395 SETTINGS mutations_sync = 2", recordtest.ID(1)))
	expect("the tail was cut", "broken at 4395, verified, verified, broken at 4395")
}

func TestAPageOfWhatNobodySealedIsReceived(t *testing.T) {
	_, record, url := start(t)
	record.Store(t, recordtest.NewSession(1).Close().Events...)
	for _, part := range []string{"", "?limit=5"} {
		if i := timelineOf(t, url, part).Integrity; i.State != query.Received || i.Sealed != 0 || i.FirstBadSeq != nil {
			t.Errorf("%s: %+v", part, i)
		}
	}
}

// TestAPageKnowsWhatItsCollectorLost has the statement in a session that comes after
// the page's in every order.
func TestAPageKnowsWhatItsCollectorLost(t *testing.T) {
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	collector := sealtest.New(recordtest.Tenant, "laptop-7")
	url := serveTrusting(t, options, collector)
	session := recordtest.NewSession(1)
	for range 10 {
		session.ReadFile("/tmp/a", "text")
	}
	session.Close()
	dead, living := collector.Epoch(recordtest.Start.UnixNano()), collector.Epoch(recordtest.Start.UnixNano())
	dead.Add(session.Events...)
	record.Seal(t, dead.Seal(true))
	stated := &schema.Event{SessionID: recordtest.ID(9), Basis: schema.BasisCollector, Kind: schema.KindCollector, Time: recordtest.Start.UnixNano()}
	stated.Payload, _ = json.Marshal(schema.Lost{Events: []schema.LostRange{{Epoch: dead.UUID, From: 6, To: 7}}})
	living.Add(stated)
	record.Store(t, stated)
	record.Store(t, append(session.Events[:6:6], session.Events[8:]...)...)
	for _, part := range []string{"", "?limit=4", "?from_seq=4&limit=3"} {
		if i := timelineOf(t, url, part).Integrity; i.State != query.Broken || i.FirstBadSeq == nil || *i.FirstBadSeq != 6 {
			t.Errorf("%s, before the statement is sealed: %+v", part, i)
		}
	}
	record.Seal(t, living.Seal(true))
	for _, part := range []string{"", "?limit=4", "?from_seq=4&limit=3"} {
		if i := timelineOf(t, url, part).Integrity; i.State != query.Verified || i.FirstBadSeq != nil {
			t.Errorf("%s: %+v", part, i)
		}
	}
}
