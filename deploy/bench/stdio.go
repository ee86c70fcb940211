package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trips is how many round trips are made in one go.
const trips = 20_000

// stdio sends lines through a server, bare and wrapped. cat does nothing but pass
// them on; the other one decodes and encodes JSON, as servers do.
func (b *bench) stdio(ctx context.Context) (r report, err error) {
	brokerProcess, brokers, err := part("broker", filepath.Join(b.scratch, "stdio-broker"))
	if err != nil {
		return r, err
	}
	defer brokerProcess.Stop()
	stored, stopReceipts, err := receipts()
	if err != nil {
		return r, err
	}
	defer stopReceipts()
	self, err := os.Executable()
	if err != nil {
		return r, fmt.Errorf("finding the own executable: %w", err)
	}
	for _, bare := range [][]string{{"cat"}, {self, "server"}} {
		name := filepath.Base(bare[len(bare)-1])
		wrapped := b.wrapper(brokers, stored, bare...)
		r.Commands = append(r.Commands, strings.Join(bare, " "), strings.Join(wrapped, " "))
		for _, size := range []int{1 << 10, 64 << 10} {
			if err := r.bandwidths(ctx, name, bare, wrapped, callLine(size), b.window); err != nil {
				return r, err
			}
		}
		if err := r.waits(name, bare, wrapped, callLine(1<<10)); err != nil {
			return r, err
		}
	}
	slices.SortStableFunc(r.Rows, func(a, b row) int { return strings.Compare(a.Figures[0].Name, b.Figures[0].Name) })
	return r, nil
}

// bandwidths compares how many bytes come back in a second.
func (r *report) bandwidths(ctx context.Context, name string, bare, wrapped []string, line []byte, window time.Duration) error {
	say("stdio: %s, lines of %d KiB", name, len(line)>>10)
	var rates [2][]float64
	for range rounds {
		for i, argv := range [][]string{bare, wrapped} {
			rate, err := bandwidth(ctx, argv, line, window)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	same := func(v float64) float64 { return v }
	pipe, through := median(rates[0], same), median(rates[1], same)
	what := fmt.Sprintf("%s, lines of %d KiB", name, len(line)>>10)
	r.Rows = append(r.Rows, row{what, []figure{{"MB/s", pipe}, {"wrapped", through}, {"wrapped to bare", through / pipe}}})
	r.Aims = append(r.Aims, atLeast("MB/s, wrapped to bare, "+what, 0.7, through/pipe))
	return nil
}

// waits compares how long a line and its answer take.
func (r *report) waits(name string, bare, wrapped []string, line []byte) error {
	var figures []figure
	for i, argv := range [][]string{bare, wrapped} {
		took, err := roundTrips(argv, line)
		if err != nil {
			return err
		}
		us := func(share float64) float64 { return float64(took[int(share*float64(len(took)))].Nanoseconds()) / 1000 }
		label := [2]string{"", "wrapped "}[i]
		figures = append(figures, figure{label + "p50 us", us(.5)}, figure{label + "p99 us", us(.99)})
	}
	r.Rows = append(r.Rows, row{name + ", round trip of 1 KiB", figures})
	return nil
}

func (b *bench) wrapper(brokers, receipts string, command ...string) []string {
	return append(append(b.recorder("stdio", brokers, receipts), "--"), command...)
}

// callLine is a tools/call of that many bytes with its newline.
func callLine(size int) []byte {
	head := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"`
	tail := "\"}}}\n"
	return []byte(head + strings.Repeat("x", size-len(head)-len(tail)) + tail)
}

// serveLines answers each tools/call with one that holds the same message and has
// the same length.
func serveLines(context.Context, []string) error {
	in, out := bufio.NewReaderSize(os.Stdin, 64<<10), bufio.NewWriterSize(os.Stdout, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return out.Flush()
		}
		var call struct {
			ID     json.RawMessage
			Params struct{ Arguments struct{ Message string } }
		}
		if err := json.Unmarshal(line, &call); err != nil {
			return err
		}
		answer := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%q}]}}`, call.ID, call.Params.Arguments.Message)
		pad := len(line) - len(answer) - 1
		_, _ = out.Write(answer) // Flush has its error
		_, _ = out.WriteString(strings.Repeat(" ", pad) + "\n")
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// piped starts a command between two pipes. end waits for it.
func piped(argv []string) (in io.WriteCloser, out io.ReadCloser, end func(), err error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	if in, err = cmd.StdinPipe(); err != nil {
		return nil, nil, nil, err
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		return nil, nil, nil, err
	}
	if err = cmd.Start(); err != nil {
		return nil, nil, nil, err
	}
	return in, out, func() {
		in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // cat has no way to fail that was not seen
	}, nil
}

// bandwidth is how many MB/s come back while lines are written.
func bandwidth(ctx context.Context, argv []string, line []byte, window time.Duration) (float64, error) {
	in, out, end, err := piped(argv)
	if err != nil {
		return 0, err
	}
	defer end()
	chunk := bytes.Repeat(line, max(1, 64<<10/len(line)))
	if _, err := in.Write(line); err != nil { // it has started when this is back
		return 0, err
	}
	if _, err := io.ReadFull(out, make([]byte, len(line))); err != nil {
		return 0, err
	}
	began := time.Now()
	go func() {
		defer in.Close()
		for time.Since(began) < window && ctx.Err() == nil {
			if _, err := in.Write(chunk); err != nil {
				return
			}
		}
	}()
	// The wrapper ends when its record is published, well after the last byte.
	last, total, buffer := began, 0, make([]byte, 256<<10)
	for {
		n, err := out.Read(buffer)
		if n > 0 {
			last, total = time.Now(), total+n
		}
		if err == io.EOF {
			return float64(total) / last.Sub(began).Seconds() / 1e6, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// roundTrips sends one line and awaits it, again and again. It returns the times in
// ascending order.
func roundTrips(argv []string, line []byte) ([]time.Duration, error) {
	in, out, end, err := piped(argv)
	if err != nil {
		return nil, err
	}
	defer end()
	back, took := make([]byte, len(line)), make([]time.Duration, 0, trips)
	for range trips + trips/10 {
		began := time.Now()
		if _, err := in.Write(line); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(out, back); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return sorted(took[trips/10:]), nil // the first ones warm up
}
