// Package sse finds the server-sent events in a response body while its bytes are
// on their way to the client.
//
// The one rule: it only looks. It never holds bytes back, and it keeps no more of
// an event than the limit it was given.
package sse

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/message"
)

// Event is one server-sent event as a browser would dispatch it, plus those that
// carry an id alone.
type Event struct {
	// ID, Name: the fields id and event; empty where there were none.
	ID   string
	Name string
	// Data are the data lines joined with line feeds.
	Data message.Body
}

// Splitter cuts a response body into events. Lines may end in LF, CRLF or CR and
// may arrive in pieces of any size. Not for concurrent use.
type Splitter struct {
	data message.Gather
	emit func(Event)

	// line holds the field name, and for fields other than data also the value,
	// of the line being read, at most maxLine bytes.
	line []byte
	// inData: the rest of this line goes to data as it comes.
	inData    bool
	dataStart bool
	hasData   bool
	hasField  bool
	afterCR   bool
	begun     bool
	event     Event
}

// maxLine bounds ids and event names; longer ones are cut.
const maxLine = 4096

// NewSplitter calls emit for each event with at most max bytes of its data.
func NewSplitter(max int, emit func(Event)) *Splitter {
	return &Splitter{data: message.NewGather(max), emit: emit}
}

// Write takes the next piece of the body. It never fails.
func (s *Splitter) Write(p []byte) (int, error) {
	n := len(p)
	// A mark that comes in two pieces is not recognised: it makes the name of the first field
	// an unknown one.
	if !s.begun && n > 0 {
		s.begun = true
		p = bytes.TrimPrefix(p, []byte("\xef\xbb\xbf"))
	}
	for len(p) > 0 {
		// The line ended at the CR already; an LF after it, also in the next piece, is no line.
		if s.afterCR {
			s.afterCR = false
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		end := bytes.IndexByte(p, '\n')
		if cr := bytes.IndexByte(p[:orLen(end, p)], '\r'); cr >= 0 {
			end, s.afterCR = cr, true
		}
		if end < 0 {
			s.part(p)
			break
		}
		s.part(p[:end])
		s.endLine()
		p = p[end+1:]
	}
	return n, nil
}

func orLen(i int, p []byte) int {
	if i < 0 {
		return len(p)
	}
	return i
}

// Partial returns the data of an event that the end of the body cut off, and
// whether there was any.
func (s *Splitter) Partial() (message.Body, bool) {
	if !s.hasData && !s.inData {
		return message.Body{}, false
	}
	return s.data.Take(), true
}

// part takes a piece of one line, without its end.
func (s *Splitter) part(p []byte) {
	if !s.inData {
		colon := bytes.IndexByte(p, ':')
		// The name may have come in an earlier piece. Appending makes no string of its own:
		// the compiler compares in place.
		if colon >= 0 && string(append(s.line, p[:colon]...)) == "data" {
			s.line = s.line[:0]
			s.beginData()
			p = p[colon+1:]
		} else {
			s.line = append(s.line, p[:min(len(p), maxLine-len(s.line))]...)
			return
		}
	}
	if s.dataStart && len(p) > 0 {
		s.dataStart = false
		p = bytes.TrimPrefix(p, []byte(" "))
	}
	s.data.Write(p)
}

func (s *Splitter) beginData() {
	if s.hasData {
		s.data.Write([]byte{'\n'})
	}
	s.inData, s.dataStart, s.hasData = true, true, true
}

func (s *Splitter) endLine() {
	switch {
	case s.inData:
		s.inData = false
	case len(s.line) == 0:
		s.dispatch()
	default:
		s.field()
	}
	s.line = s.line[:0]
}

func (s *Splitter) field() {
	name, value, _ := bytes.Cut(s.line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	// retry and unknown fields say nothing about a message.
	case "id":
		s.event.ID, s.hasField = string(value), true
	case "event":
		s.event.Name, s.hasField = string(value), true
	case "data": // a line without a colon is an empty data line
		s.beginData()
		s.inData = false
	}
}

func (s *Splitter) dispatch() {
	// An event without data is dispatched by no browser; its id is where a client resumes.
	if s.hasData || s.hasField {
		e := s.event
		e.Data = s.data.Take()
		s.emit(e)
	}
	s.event, s.hasData, s.hasField = Event{}, false, false
}
