package spool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
)

// The test binary is also the processes that the tests kill: TestMain becomes one
// where roleEnv says which, over the spool in dirEnv.
const roleEnv, dirEnv = "SPOOL_TEST_ROLE", "SPOOL_TEST_DIR"

func TestMain(m *testing.M) {
	role := map[string]func(dir string) error{"": nil, "append": appendForEver, "adopt": adoptAll, "limited": appendUnderLimit}[os.Getenv(roleEnv)]
	if role == nil {
		os.Exit(m.Run())
	}
	if err := role(os.Getenv(dirEnv)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// become runs this binary in a role; it is killed with the test.
func become(t *testing.T, role, dir string) (*exec.Cmd, io.WriteCloser, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, dirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, in, bufio.NewReader(out)
}

func openAlone(dir string, o Options) (*Spool, error) {
	o.Dir, o.Epoch = dir, uuid.Must(uuid.NewV7())
	return Open(o, slog.New(slog.DiscardHandler))
}

// appendForEver says on standard output how many records it was promised, after its
// epoch.
func appendForEver(dir string) error {
	s, err := openAlone(dir, Options{SegmentBytes: 64 << 10})
	if err != nil {
		return err
	}
	fmt.Println(s.options.Epoch)
	for n := uint64(0); ; {
		count := 1 + rand.Uint64N(40)
		if err := s.Append(context.Background(), records(n, n+count, 300)); err != nil {
			return err
		}
		n += count
		fmt.Println(n)
	}
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[uuid.UUID]uint64{}
	for range 25 {
		cmd, _, out := become(t, "append", dir)
		epoch := uuid.MustParse(line(t, out))
		for range 1 + rand.IntN(60) {
			acknowledged[epoch] = number(t, line(t, out))
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(out)
		cmd.Wait()
		if cut := bytes.LastIndexByte(rest, '\n'); cut > 0 {
			lines := strings.Split(string(rest[:cut]), "\n")
			acknowledged[epoch] = number(t, lines[len(lines)-1])
		}
	}
	s := open(t, dir)
	if n := mustAdopt(t, s); n != 25 {
		t.Fatalf("adopted %d of 25 sets", n)
	}
	next := map[uuid.UUID]uint64{}
	torn := 0
	for _, e := range all(t, s) {
		set := e.Position.Set
		if e.Damage != nil {
			if torn++; !e.Damage.Torn {
				t.Errorf("killing damaged the middle: %v", e.Damage)
			}
			continue
		}
		check(t, e, record(next[set], 300))
		next[set]++
	}
	total := uint64(0)
	for epoch, n := range acknowledged {
		if total += n; next[epoch] < n {
			t.Errorf("%d records were acknowledged, %d came back", n, next[epoch])
		}
	}
	t.Logf("%d records were acknowledged by 25 processes, %d ends were torn", total, torn)
	if total == 0 {
		t.Error("nothing was acknowledged")
	}
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func line(t *testing.T, out *bufio.Reader) string {
	t.Helper()
	s, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(s)
}

// adoptAll ships what dead processes left: each record is a line on standard output.
// It begins when a line comes in, and ends when it finds nothing to adopt.
func adoptAll(dir string) error {
	s, err := openAlone(dir, Options{})
	if err != nil {
		return err
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	for {
		n, err := s.Adopt()
		if err != nil {
			return err
		}
		for {
			entries, err := s.readNext(7)
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				fmt.Println(e.Position.Set, binary.BigEndian.Uint64(e.Value))
			}
			if err := s.Free(entries[len(entries)-1].Position); err != nil {
				return err
			}
		}
		if n == 0 {
			return s.Close()
		}
	}
}

func TestTwoAdoptersShareAndNeverRepeat(t *testing.T) {
	const count = 150 // more than one process may have at a time
	dir := t.TempDir()
	for range count {
		s := open(t, dir, small)
		mustAppend(t, s, records(0, 20, 200))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var outs [2]*bufio.Reader
	var ins [2]io.WriteCloser
	for i := range outs {
		_, ins[i], outs[i] = become(t, "adopt", dir)
	}
	for _, in := range ins {
		fmt.Fprintln(in)
	}
	seen := map[string]int{}
	for i, out := range outs {
		all, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(string(all))
		t.Logf("process %d shipped %d records", i, len(lines)/2)
		for i := 0; i < len(lines); i += 2 {
			seen[lines[i]+" "+lines[i+1]]++
		}
	}
	for record, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", record, n)
		}
	}
	if len(seen) != count*20 {
		t.Errorf("%d of %d records", len(seen), count*20)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left in the directory: %v", left)
	}
}

// appendUnderLimit appends where no file may have more than 100,000 bytes.
func appendUnderLimit(dir string) error {
	const limit = 100_000
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	s, err := openAlone(dir, Options{Reserve: 10_000})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for n := uint64(0); n < 1000; n += 10 {
		if err := s.Append(ctx, records(n, n+10, 1000)); err != nil {
			return err
		}
	}
	var full *FullError
	if err := s.Append(ctx, records(0, 1, 2*limit)); !errors.As(err, &full) || !errors.Is(err, syscall.EFBIG) || len(full.Refused) != 1 {
		return fmt.Errorf("a record that no file can hold: %w", err)
	}
	if err := s.WaitCapacity(ctx, 20_000); err != nil { // the reserve comes back by itself
		return err
	}
	return s.Append(ctx, records(1000, 1010, 1000))
}

func TestFileSizeLimitBeginsNewSegments(t *testing.T) {
	dir := t.TempDir()
	cmd, _, _ := become(t, "limited", dir)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	mustAdopt(t, s)
	entries := all(t, s)
	if len(entries) != 1010 {
		t.Fatalf("%d of 1010 records", len(entries))
	}
	for i, e := range entries {
		check(t, e, record(uint64(i), 1000))
	}
}
