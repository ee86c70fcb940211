package unsynced_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/unsynced"
)

// killVar makes this binary the process that is killed: the directory of its page.
const killVar = "MCPTRAIL_TEST_KILLED"

var (
	epoch = uuid.MustParse("0190a0b0-0000-7000-8000-000000000001")
	began = time.Unix(1_800_000_000, 0)
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killVar); dir != "" {
		var p unsynced.Page
		p.Passed(began, false) // before there is a file
		if err := p.Attach(dir, epoch); err != nil {
			panic(err)
		}
		for i := range 10 {
			p.Passed(began.Add(time.Duration(i)*time.Millisecond), i == 7)
		}
		p.Recorded(4, 0, began.Add(3*time.Millisecond))
		os.Stdout.WriteString("ready\n")
		select {}
	}
	os.Exit(m.Run())
}

// find returns what is stated of killed runs.
func find(t *testing.T, dir string) (all []unsynced.Killed) {
	t.Helper()
	if err := unsynced.Find(dir, func(k unsynced.Killed) error { all = append(all, k); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAKilledProcessLeavesItsCount(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killVar+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if all := find(t, dir); len(all) != 0 {
		t.Errorf("a living process is said to be dead: %+v", all)
	}
	if err := errors.Join(cmd.Process.Kill(), ignore(cmd.Wait())); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("not durable")
	if err := unsynced.Find(dir, func(unsynced.Killed) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("a statement that was not recorded gives %v", err)
	}
	want := unsynced.Killed{Epoch: epoch, AtMost: 7, At: began.Add(9 * time.Millisecond), Window: 6 * time.Millisecond}
	if all := find(t, dir); len(all) != 1 || all[0].AtMost != want.AtMost || !all[0].At.Equal(want.At) || all[0].Window != want.Window || all[0].Epoch != epoch {
		t.Errorf("found %+v, want %+v", all, want)
	}
	if all := find(t, dir); len(all) != 0 {
		t.Errorf("it is stated twice: %+v", all)
	}
}

// ignore is for the end of a process that was killed.
func ignore(error) error { return nil }

func TestWhatIsRecordedIsNotMissing(t *testing.T) {
	dir := t.TempDir()
	var p unsynced.Page
	if err := p.Attach(dir, epoch); err != nil {
		t.Fatal(err)
	}
	p.Passed(began, false)
	p.Passed(began, true)
	p.Recorded(1, 0, began)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	// The gap of the second was never durable, although this run ended in order.
	if all := find(t, dir); len(all) != 1 || all[0].AtMost != 1 {
		t.Errorf("found %+v", all)
	}
	q := unsynced.Page{}
	if err := q.Attach(dir, epoch); err != nil {
		t.Fatal(err)
	}
	q.Passed(began, false)
	q.Refused(1, began)
	q.Recorded(1, 1, time.Time{})
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("a run that recorded everything leaves %v", left)
	}
}

func TestAfterAPowerCutThereIsNoBound(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, epoch.String()+".unsynced")
	for what, text := range map[string]string{"empty": "", "of another boot": "mcptuns1" + "11111111-2222-3333-4444-555555555555"} {
		if err := os.WriteFile(name, append([]byte(text), make([]byte, 100)...), 0o600); err != nil {
			t.Fatal(err)
		}
		if all := find(t, dir); len(all) != 1 || all[0].AtMost != 0 || all[0].Window <= 0 || time.Since(all[0].At) > time.Hour {
			t.Errorf("%s: found %+v", what, all)
		}
	}
}

// TestALivingRunIsNeverTakenForADeadOne has collectors begin while others look for the dead,
// as the wrappers of one client do.
func TestALivingRunIsNeverTakenForADeadOne(t *testing.T) {
	dir := t.TempDir()
	done := make(chan struct{})
	var looking sync.WaitGroup
	for range 2 {
		looking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := unsynced.Find(dir, func(k unsynced.Killed) error {
					t.Errorf("%v, which lives, is stated as killed", k.Epoch)
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 300 {
		var p unsynced.Page
		id := uuid.Must(uuid.NewV7())
		if err := p.Attach(dir, id); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, id.String()+".unsynced")); err != nil {
			t.Fatalf("the count of a living run is gone: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	looking.Wait()
}
