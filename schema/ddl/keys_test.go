package ddl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// TestTheKeysAreRightAfterTheyWereMissed takes away one or both tables of keys, as an
// engine does that is killed between the parts of one block, and mends them in both
// ways. The second of them is filled from the first.
func TestTheKeysAreRightAfterTheyWereMissed(t *testing.T) {
	const keys = `SELECT concat(toString(uniq(session_id, name, value, holder)), ' keys to ', toString(max(last_seq)), ', ',
		(SELECT concat(toString(uniq(session_id, name, value, hour)), ' by key') FROM key_sessions)) FROM session_keys`
	block := strings.NewReplacer("payload, hash", "payload, trace_id, hash", "SHA256", "'trace' || toString(number % 50), SHA256").Replace(someEvents)
	for name, mend := range map[string]func(*testing.T, driver.Conn){
		"by the same block under the same token": func(t *testing.T, conn driver.Conn) {
			run(t, conn, block, clickhouse.Settings{"insert_deduplication_token": "x", "deduplicate_blocks_in_dependent_materialized_views": 1})
		},
		"from what is stored beyond the commit": func(t *testing.T, conn driver.Conn) {
			for partition := range 2 {
				run(t, conn, fmt.Sprintf("INSERT INTO session_keys SELECT * FROM session_keys_since(topic = 'a', partition = %d, offset = 0)", partition+1), nil)
			}
		},
	} {
		for _, lost := range [][]string{{"session_keys", "key_sessions"}, {"key_sessions"}} {
			t.Run(name+", without "+strings.Join(lost, " and "), func(t *testing.T) {
				conn, _ := migrated(t)
				run(t, conn, block, clickhouse.Settings{"insert_deduplication_token": "x"})
				want := text(t, conn, keys)
				if want != "150 keys to 3332, 150 by key" {
					t.Fatalf("before: %s", want)
				}
				mend(t, conn)
				if got := text(t, conn, keys); got != want {
					t.Errorf("filled twice: %s", got)
				}
				for _, table := range lost {
					run(t, conn, "TRUNCATE TABLE "+table, nil)
				}
				mend(t, conn)
				if got := text(t, conn, keys); got != want {
					t.Errorf("after: %s", got)
				}
			})
		}
	}
}
