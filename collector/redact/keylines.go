package redact

import "bytes"

// Lines remembers what earlier lines of one stream of text began. The zero value is
// ready.
type Lines struct{ key bool }

// lines cuts a line of a private key that an earlier line began.
func (w *texts) lines(first bool) {
	l := w.in.Lines
	if l == nil || !first {
		return
	}
	line := bytes.TrimSpace(w.data)
	begins := bytes.Contains(line, []byte("-----BEGIN")) && bytes.Contains(line, []byte("PRIVATE KEY"))
	ends := bytes.Contains(line, []byte("-----END"))
	if l.key && !begins && !ends && len(line) > 0 {
		from := bytes.Index(w.data, line)
		w.addCut(from, from+len(line), "private-key", line)
	}
	l.key = (l.key || begins) && !ends && len(line) < 4096
}
