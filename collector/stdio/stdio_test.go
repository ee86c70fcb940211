package stdio_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// roleVar makes the test binary a part of a test: a wrapper around its arguments,
// or a server.
const roleVar = "STDIO_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	os.Unsetenv(roleVar)
	switch role {
	case "":
		resetSignals()
		os.Exit(m.Run())
	case "wrapper":
		os.Exit(wrapper(collector.Config{}, os.Args[1:]))
	case "full wrapper":
		os.Exit(wrapper(collector.Config{QueueItems: -1}, os.Args[1:]))
	case "signals":
		tellSignals()
	case "server":
		answerLines()
	}
}

// resetSignals has the children of the tests begin with no signal ignored, whatever
// this process began with: nohup has SIGHUP ignored, a shell's background job SIGINT
// and SIGQUIT. What is caught here is reset to its default in what is executed.
func resetSignals() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// wrapper is what the command does, with a record that leads nowhere.
func wrapper(bounds collector.Config, command []string) int {
	bounds.CollectorID = "test"
	rec := collector.New(bounds, func(context.Context, []durable.Record) ([]int, error) { return nil, nil })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Second) }()
	code, err := stdio.Run(ctx, stdio.Config{Command: command}, rec.Queue(), os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	stop()
	<-done
	return code
}

// tellSignals is a server that prints the signals it gets, and ends with its input.
func tellSignals() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals)
	input := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(input)
	}()
	fmt.Println("ready")
	for {
		select {
		case s := <-signals:
			if name := s.String(); name != "urgent I/O condition" { // the Go runtime's own
				fmt.Println(name)
			}
		case <-input:
			os.Exit(9)
		}
	}
}

// session is a wrapped command as its client sees it.
type session struct {
	t       testing.TB
	in      *os.File
	out     *bufio.Reader
	outFile *os.File
	err     *os.File
	cancel  context.CancelFunc
	ended   chan struct{}
	code    int
	runErr  error

	// hold keeps the record from being published until it is closed.
	hold   chan struct{}
	rec    *record
	finish func()
}

// record collects what was published.
type record struct {
	mu     sync.Mutex // guards events
	events []schema.Event
}

func (r *record) publish(_ context.Context, records []durable.Record) ([]int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range records {
		e, err := schema.Decode(rec.Value)
		if err != nil {
			panic(err)
		}
		r.events = append(r.events, *e)
	}
	return nil, nil
}

func pipe(t testing.TB) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// begin wraps a command with a record of the given bounds.
func begin(t testing.TB, bounds collector.Config, config stdio.Config) *session {
	s := &session{t: t, ended: make(chan struct{}), hold: make(chan struct{}), rec: &record{}}
	childIn, in := pipe(t)
	out, childOut := pipe(t)
	errs, childErr := pipe(t)
	s.in, s.outFile, s.out, s.err = in, out, bufio.NewReader(out), errs
	for _, end := range []*os.File{in, out, errs} { // or a test that failed would hang
		if err := end.SetDeadline(wait.Deadline()); err != nil {
			t.Fatal(err)
		}
	}

	bounds.CollectorID = "test"
	rec := collector.New(bounds, func(ctx context.Context, records []durable.Record) ([]int, error) {
		<-s.hold
		return s.rec.publish(ctx, records)
	})
	recording, stop := context.WithCancel(context.Background())
	recorded := make(chan struct{})
	go func() {
		rec.Run(recording, time.Minute)
		close(recorded)
	}()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() {
		s.code, s.runErr = stdio.Run(ctx, config, rec.Queue(), childIn, childOut, childErr)
		childErr.Close()
		close(s.ended)
	}()
	s.finish = sync.OnceFunc(func() {
		stop()
		wait.Receive(t, "the recorder to end", recorded)
	})
	return s
}

// wrap begins a session whose record is never held up.
func wrap(t testing.TB, command ...string) *session {
	s := begin(t, collector.Config{}, stdio.Config{Command: command})
	close(s.hold)
	return s
}

func (s *session) send(text string) {
	s.t.Helper()
	if _, err := s.in.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) line() string {
	s.t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("reading a line: %v after %q", err, line)
	}
	return line[:len(line)-1]
}

// wait returns the exit code of the wrapper.
func (s *session) wait() int {
	s.t.Helper()
	wait.Receive(s.t, "the wrapper to end", s.ended)
	return s.code
}

// events returns the whole record, after the end.
func (s *session) events() []schema.Event {
	s.t.Helper()
	s.wait()
	s.finish()
	return s.rec.events
}

// payloads returns what went in a direction.
func payloads(events []schema.Event, d schema.Direction) []string {
	texts := []string{}
	for _, e := range events {
		if e.Direction == d {
			texts = append(texts, string(e.Payload))
		}
	}
	return texts
}
