package transcript

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// Importer feeds one transcript to a recorder. Make one for each file.
type Importer struct {
	// Queue takes what the file holds; the clock of its recorder should be schema.ClockImported.
	Queue *observe.Queue
	// Name of the upstream that the sessions are recorded under.
	Name string
	// MaxBody is how many bytes of a message are kept.
	MaxBody int
	// Malformed is called for each line that is left out, counted from 1.
	Malformed func(line int, err error)

	// last is the latest time of the lines so far: a line that cannot be parsed has none.
	last    time.Time
	process *observe.Exchange
	// Exchanges stay when they have ended, so that a line that follows the end is refused
	// instead of beginning another one.
	exchanges map[uint64]*exchange
}

// exchange is one HTTP exchange of the file, with what splits its stream.
type exchange struct {
	*observe.Exchange
	stream *sse.Splitter
	// at is the time of the newest line, which its events and its end get.
	at    time.Time
	ended bool
}

// Import reads r to its end and returns how many lines it left out; they are gaps in
// the sessions they may belong to. It waits for room in the recorder's queue, so
// nothing else is lost.
//
// Call it from one goroutine, once. A line is held whole, however long it is; of its message
// MaxBody bytes are kept.
func (im *Importer) Import(ctx context.Context, r io.Reader) (skipped int, err error) {
	im.exchanges = map[uint64]*exchange{}
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		// At the end of the file ReadBytes returns the last line together with io.EOF.
		line, readErr := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			// A file can wait, traffic cannot: so nothing of it is lost in the queue.
			if err := im.Queue.WaitForCapacity(ctx); err != nil {
				return skipped, err
			}
			rec, err := parse(line)
			if err == nil {
				err = im.observe(rec)
			}
			if err != nil {
				skipped++
				im.Malformed(n, err)
				// Whose the line was is not known, so all open sessions get the gap.
				im.Queue.Skip(uint64(len(line)), im.last)
			}
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return skipped, fmt.Errorf("reading line %d: %w", n, readErr)
		}
	}
	// Times of the file are old: without an end its sessions would never be idle.
	im.Queue.Finish("end_of_transcript", im.last)
	return skipped, nil
}

// observe returns an error for a line that fits no exchange; it has recorded nothing then.
func (im *Importer) observe(r record) error {
	if r.Time.After(im.last) {
		im.last = r.Time
	}
	if r.Exch != nil {
		return im.observeHTTP(r)
	}
	// A transcript may begin in the middle of a process, or hold several one after the other.
	if im.process == nil {
		process := &observe.Process{}
		if command, ok := strings.CutPrefix(r.Raw, "start "); ok && r.Dir == "proc" {
			process.Command = strings.Fields(command)
		}
		im.process = im.Queue.Begin(observe.Exchange{Upstream: im.Name, Transport: schema.TransportStdio, Process: process}, r.Time)
	}
	switch body := message.Copy([]byte(r.Raw), im.MaxBody); r.Dir {
	case "c2s":
		im.process.Message(schema.ClientToServer, body, r.Time)
	case "s2c":
		im.process.Message(schema.ServerToClient, body, r.Time)
	case "stderr":
		im.process.Stderr(body, r.Time)
	// Other lines of the process, its start among them, say nothing that the record needs.
	case "proc":
		if status, ok := strings.CutPrefix(r.Raw, "exit "); ok {
			im.process.Exit(exitOf(status), r.Time)
			im.process = nil
		}
	}
	return nil
}

// exitOf reads "exit status N" or "signal: NAME".
//
// A status that is neither has code -1: that the process ended is known all the same.
func exitOf(status string) observe.Exit {
	exit := observe.Exit{Reason: "exit"}
	if signal, ok := strings.CutPrefix(status, "signal: "); ok {
		exit.Code, exit.Signal = -1, signal
		return exit
	}
	if _, err := fmt.Sscanf(status, "exit status %d", &exit.Code); err != nil {
		exit.Code = -1
	}
	return exit
}

// The number of an exchange belongs to the file, and is used once in it.
func (im *Importer) observeHTTP(r record) error {
	x := im.exchanges[*r.Exch]
	if r.Kind == "http.request" {
		if x != nil {
			return fmt.Errorf("exchange %d has a request already", *r.Exch)
		}
		im.request(r)
		return nil
	}
	if x == nil || x.ended {
		return fmt.Errorf("exchange %d has no request before this line, or has ended", *r.Exch)
	}
	x.at = r.Time
	switch r.Kind {
	case "http.response":
		x.Response(r.Status, r.Header, r.Time)
		// The events of a stream are lines of their own; another answer ends with its head.
		media := r.Header.Get("Content-Type")
		if strings.HasPrefix(media, "text/event-stream") {
			x.stream = sse.NewSplitter(im.MaxBody, func(e sse.Event) { x.Event(e, x.at) })
			return nil
		}
		x.Message(schema.ServerToClient, message.Copy([]byte(r.Raw), im.MaxBody), r.Time)
		im.end(x, observe.EndEOF)
	case "sse.event", "sse.partial":
		if x.stream == nil {
			return fmt.Errorf("exchange %d is no event stream", *r.Exch)
		}
		x.stream.Write([]byte(r.Raw))
	case "sse.end", "http.error":
		im.end(x, endOf(r))
	}
	return nil
}

func (im *Importer) request(r record) {
	x := &exchange{at: r.Time}
	x.Exchange = im.Queue.Begin(observe.Exchange{Upstream: im.Name, Transport: schema.TransportHTTP,
		HTTP: &observe.RequestHead{Verb: r.Method, URL: r.URL, Header: header(r.Header)}}, r.Time)
	im.exchanges[*r.Exch] = x
	x.Message(schema.ClientToServer, message.Copy([]byte(r.Raw), im.MaxBody), r.Time)
}

// header is never nil, as it is not in a request that net/http has read.
func header(h http.Header) http.Header {
	if h == nil {
		return http.Header{}
	}
	return h
}

func (im *Importer) end(x *exchange, end observe.End) {
	x.ended = true
	x.stream = nil
	x.End(end, x.at)
}

// endOf reads how a recorded exchange ended: a cancelled context is the client's.
func endOf(r record) observe.End {
	switch {
	case r.Raw == "EOF":
		return observe.EndEOF
	case strings.Contains(r.Raw, "context canceled"):
		return observe.EndClient
	case r.Kind == "http.error":
		return observe.EndTransport
	}
	return observe.EndServer
}
