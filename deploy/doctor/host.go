//go:build unix

package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mcptrail/mcptrail/collector/ship"
)

func (c *Config) spool(context.Context) (found []Finding) {
	list, err := ship.HostStatus(c.Spool)
	if err != nil {
		return []Finding{wrong("give this user the right to read it, or say --spool", "%v", err)}
	}
	running, waiting, bytes := 0, uint64(0), int64(0)
	for _, s := range list {
		if s.Held {
			running++
		}
		waiting, bytes = waiting+s.Waiting, bytes+s.Bytes
		for _, trouble := range s.Troubles {
			what := "a collector that ended"
			if s.State != nil {
				what = fmt.Sprintf("%q", s.State.Recording)
			}
			found = append(found, wrong("mcptrail-collector status says more", "%s: %s", what, trouble))
		}
	}
	if len(list) == 0 {
		return []Finding{good("no collector runs, and nothing waits in %s", c.Spool)}
	}
	return append([]Finding{good("%d collectors run, %d records (%s) wait in %s", running, waiting, size(uint64(bytes)), c.Spool)}, found...)
}

func size(bytes uint64) string {
	switch {
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
}

// Room on a disk, in bytes: with less than little things soon stand still, with less
// than enough somebody should know.
const (
	little = 512 << 20
	enough = 4 << 30
)

func (c *Config) disk(context.Context) (found []Finding) {
	seen := map[uint64]bool{}
	for _, dir := range []string{c.Data, c.Spool} {
		there := existing(dir)
		var stat syscall.Stat_t
		var disk syscall.Statfs_t
		if syscall.Stat(there, &stat) != nil || syscall.Statfs(there, &disk) != nil || seen[uint64(stat.Dev)] {
			continue
		}
		seen[uint64(stat.Dev)] = true
		free := uint64(disk.Bavail) * uint64(disk.Bsize)
		const room = "make room; when the disk is full, ingest waits and collectors fill their spools"
		switch {
		case free < little:
			found = append(found, wrong(room, "%s free for %s", size(free), dir))
		case free < enough:
			found = append(found, notice(room, "%s free for %s", size(free), dir))
		default:
			found = append(found, good("%s free for %s", size(free), dir))
		}
	}
	return found
}

// existing is the nearest directory above that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// skew is how far two clocks may be apart.
const skew = 2 * time.Second

// clock compares with ClickHouse's and asks the system whether it keeps time.
func (c *Config) clock(ctx context.Context) (found []Finding) {
	const keep = "let chrony, systemd-timesyncd or your platform set the clock; durations and order do not depend on it, times of day do"
	if synchronised, known := synchronised(); known && !synchronised {
		found = append(found, notice(keep, "the system does not say that its clock is synchronised"))
	}
	if conn, err := c.connect(); err == nil {
		defer conn.Close()
		var there time.Time
		before := time.Now()
		if err := conn.QueryRow(ctx, "SELECT now64(3, 'UTC')").Scan(&there); err == nil {
			now := before.Add(time.Since(before) / 2)
			if apart := there.Sub(now); apart.Abs() > skew {
				found = append(found, wrong(keep, "ClickHouse's clock is %v apart from this one", apart.Round(time.Millisecond)))
			} else {
				found = append([]Finding{good("%s, ClickHouse agrees", now.UTC().Format("2006-01-02 15:04:05 MST"))}, found...)
			}
			return found
		}
	}
	return append([]Finding{good("%s", time.Now().UTC().Format("2006-01-02 15:04:05 MST"))}, found...)
}
