// Package transcript sends recorded conversations through the same path as live
// traffic, with their own times.
//
// The one rule: it reports the observations that a transport would have reported, in the
// order of the file, and no others.
package transcript

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"
)

// record is one line of a transcript. Stdio lines have Dir and Raw; HTTP lines have
// Exch and Kind as well.
type record struct {
	TS     *time.Time  `json:"ts"`
	Dir    string      `json:"dir"`
	Text   *string     `json:"raw"`
	Exch   *uint64     `json:"exch"`
	Kind   string      `json:"kind"`
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Status int         `json:"status"`
	Header http.Header `json:"headers"`

	// Time and Raw are TS and Text, checked.
	Time time.Time `json:"-"`
	Raw  string    `json:"-"`
}

// Times that an event can hold.
// An event's time is nanoseconds since 1970 in 63 bits.
var earliest, latest = time.Unix(0, 0), time.Unix(0, math.MaxInt64)

// parse reads one line. Its error names what is wrong and quotes nothing of the line but dir,
// kind and a number of the wrong type: raw may hold secrets.
func parse(line []byte) (record, error) {
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return r, fmt.Errorf("no JSON object: broken at byte %d", syntax.Offset)
		}
		// Of a value of a wrong type the error holds the name of the type, of a number also
		// its digits.
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field == "" {
			return r, errors.New("no JSON object")
		}
		if errors.As(err, &wrong) {
			return r, fmt.Errorf("member %q has the wrong type, %s", wrong.Field, wrong.Value)
		}
		return r, errors.New(`member "ts" is no RFC 3339 time`)
	}
	// TS is a pointer, since the zero time is one that a file could hold.
	if r.TS == nil {
		return r, errors.New(`no member "ts"`)
	}
	if r.Time = *r.TS; r.Time.Before(earliest) || r.Time.After(latest) {
		return r, fmt.Errorf("ts lies outside the years %d to %d", earliest.UTC().Year(), latest.UTC().Year())
	}
	switch r.Dir {
	case "c2s", "s2c":
	case "stderr", "proc":
		if r.Exch != nil {
			return r, fmt.Errorf("dir %q has no place in an HTTP exchange", r.Dir)
		}
	default:
		return r, fmt.Errorf("dir is %q, must be c2s, s2c, stderr or proc", r.Dir)
	}
	if r.Exch != nil {
		switch r.Kind {
		case "http.request", "http.response", "sse.event", "sse.partial", "sse.end", "http.error":
		default:
			return r, fmt.Errorf("kind is %q, must be http.request, http.response, sse.event, sse.partial, sse.end or http.error", r.Kind)
		}
	}
	// An empty text is one; only a line of HTTP may have none, since a body may be empty.
	if r.Text != nil {
		r.Raw = *r.Text
	} else if r.Exch == nil || r.Kind == "sse.event" {
		return r, errors.New(`no member "raw"`)
	}
	return r, nil
}
