package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/deploy/background"
)

// starts is how often each start is measured; the median counts.
const starts = 20

// start measures what a stdio wrapper costs that does nothing: from its start to the
// first byte that came through it, its memory, its size. The server is cat.
func (b *bench) start(ctx context.Context) (report, error) {
	brokerProcess, brokers, err := part("broker", filepath.Join(b.scratch, "start-broker"))
	if err != nil {
		return report{}, err
	}
	defer brokerProcess.Stop()
	stored, stopReceipts, err := receipts()
	if err != nil {
		return report{}, err
	}
	defer stopReceipts()
	wrapped := b.wrapper(brokers, stored, "cat")
	r := report{Commands: []string{"cat", strings.Join(wrapped, " ")}}
	var took [2][]time.Duration
	for range starts {
		for i, argv := range [][]string{{"cat"}, wrapped} {
			d, err := firstByte(argv)
			if err != nil {
				return r, err
			}
			took[i] = append(took[i], d)
		}
	}
	ms := func(all []time.Duration) float64 {
		return float64(sorted(all)[starts/2].Microseconds()) / 1000
	}
	program := b.ours("mcptrail-collector")[0]
	file, err := os.Stat(program)
	if err != nil {
		return r, err
	}
	memory, err := idleMemory(ctx, wrapped)
	if err != nil {
		return r, err
	}
	const mb = 1e6
	r.Rows = []row{
		{"cat", []figure{{"ms to first byte", ms(took[0])}}},
		{"cat, wrapped", []figure{{"ms to first byte", ms(took[1])}}},
		{"wrapper, idle for 2 s", []figure{{"MB resident", memory / mb}}},
		{"mcptrail-collector", []figure{{"MB on disk", float64(file.Size()) / mb}}},
	}
	r.Aims = []aim{atMost("ms to first byte, wrapped", 15, ms(took[1])), atMost("MB resident", 20, memory/mb), atMost("MB on disk", 15, float64(file.Size())/mb)}
	return r, nil
}

// firstByte is the time from the start of a command to the first byte it echoes.
func firstByte(argv []string) (time.Duration, error) {
	began := time.Now()
	in, out, end, err := piped(argv)
	if err != nil {
		return 0, err
	}
	defer end()
	if _, err := in.Write(callLine(100)); err != nil {
		return 0, err
	}
	_, err = io.ReadFull(out, make([]byte, 1))
	return time.Since(began), err
}

// idleMemory is what a wrapper occupies two seconds after its handshake.
func idleMemory(ctx context.Context, argv []string) (float64, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer write.Close()
	defer read.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin = read
	p, err := background.Start(cmd)
	if err != nil {
		return 0, err
	}
	defer p.Stop()
	if _, err := write.Write(callLine(1 << 10)); err != nil {
		return 0, err
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-p.Done():
		return 0, fmt.Errorf("the wrapper ended by itself")
	case <-time.After(2 * time.Second):
		return memory(p.Pid(), "VmRSS")
	}
}

func sorted(all []time.Duration) []time.Duration {
	slices.Sort(all)
	return all
}
