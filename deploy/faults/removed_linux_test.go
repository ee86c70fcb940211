package faults

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
)

// TestASpoolThatIsRemoved takes the spool's directory from a collector whose broker is away,
// so that all of the record waits in it, while messages go on.
func TestASpoolThatIsRemoved(t *testing.T) {
	t.Parallel()
	n := 0
	for name, take := range map[string]func(dir string) error{
		"removed": func(dir string) error {
			gone := dir + "-gone" // in one step, since files come into it meanwhile
			if err := os.Rename(dir, gone); err != nil {
				return err
			}
			return os.RemoveAll(gone)
		},
		"replaced": func(dir string) error { n++; return os.Rename(dir, fmt.Sprint(dir, "-", n)) },
		"replaced by a copy": func(dir string) error {
			if err := os.Rename(dir, dir+"-before"); err != nil {
				return err
			}
			defer os.RemoveAll(dir + "-before")
			return os.CopyFS(dir, os.DirFS(dir+"-before"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			times := 0
			s.series("the spool was "+name, soak.Count(1, 50), func() {
				s.toBroker.set(cut, 0)
				o := s.oracles[0]
				s.more(o, 200)
				if err := take(s.spool); err != nil {
					t.Fatal(err)
				}
				times++
				said := fmt.Sprintf("removed or replaced under the collector (%d times)", times)
				s.await("status to say that the spool was "+name, 10*time.Second, func() bool { return strings.Contains(s.statusSays(), said) })
				s.await("doctor to say that the spool was "+name, 10*time.Second, func() bool { return strings.Contains(s.doctorSays(), said) })
				s.more(o, 50)
				s.toBroker.set(passing, 0)
			})
			if s.said("oracle", "removed or replaced while it was in use") < times {
				t.Errorf("the log says so less than %d times", times)
			}
		})
	}
}
