package stdio

import (
	"bytes"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
)

// lines cuts a byte stream into lines while it passes. The end of a line, LF or
// CRLF, is not part of it; an empty line is none.
type lines struct {
	gather message.Gather
	// emit gets a line and the time when its first byte was read.
	emit func(message.Body, time.Time)

	at time.Time
	// open: bytes of a line came but not its end; cr: the last of them is a CR that
	// gather does not have yet, since an LF after it would make it a line end.
	open, cr bool
}

// next takes the bytes up to the next end of a line, or all, and returns how many.
func (l *lines) next(p []byte, at time.Time) int {
	i := bytes.IndexByte(p, '\n')
	if i < 0 {
		l.part(p, at)
		return len(p)
	}
	l.part(p[:i], at)
	l.end()
	return i + 1
}

func (l *lines) part(p []byte, at time.Time) {
	if len(p) == 0 {
		return
	}
	if !l.open {
		l.open, l.at = true, at
	}
	if l.cr {
		l.gather.Write([]byte{'\r'})
	}
	if l.cr = p[len(p)-1] == '\r'; l.cr {
		p = p[:len(p)-1]
	}
	l.gather.Write(p)
}

// end ends the line, at its newline or where the stream ends.
func (l *lines) end() {
	if l.gather.Size() > 0 {
		l.emit(l.gather.Take(), l.at)
	}
	l.open, l.cr = false, false
}
