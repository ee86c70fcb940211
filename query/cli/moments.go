package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// moment is a point in time on the command line: a time, a day, or how long ago.
// Its zero value is no bound.
type moment struct{ time.Time }

// momentError is a time on the command line that is none; it makes the exit status 3.
type momentError struct{ text string }

// Error names the forms that are read, since a person corrects the command by it.
func (e *momentError) Error() string {
	return fmt.Sprintf("%q is no point in time; give 2h, 3d, 2026-11-22, \"2026-11-22 15:04\" or 2026-11-22T15:04:05Z", e.text)
}

// Decode reads a flag's value.
func (m *moment) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	var err error
	// The zone is that of the machine: a day on the command line is the person's own day.
	m.Time, err = parseMoment(text, time.Now())
	return err
}

// parseMoment reads a time in the zone of now, or how long before now. Days are those
// of the calendar: one of them has 23 or 25 hours where clocks change.
func parseMoment(text string, now time.Time) (time.Time, error) {
	// A zone in the text wins over the zone of now: RFC 3339 carries one.
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		// Sscanf accepts what follows a number, as in "3x"; printing it back shows that.
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil && fmt.Sprint(n) == days && n >= 0 && n < 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, &momentError{text}
}

// clock is a time to the second, in the zone of who reads.
func clock(t time.Time) string { return t.Local().Format(time.DateTime) }

// lasted is a duration in two or three digits that matter.
// Only for people: --json has milliseconds.
func lasted(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + lasted(-d)
	case d == 0:
		return "0"
	case d < time.Millisecond:
		return fmt.Sprintf("%dµs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		// Truncated, not rounded: 59.9 s must not read as the next minute.
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours())/24)
}

// ms is a duration of so many milliseconds, empty where it is not known.
func ms(n *float64) string {
	if n == nil {
		return ""
	}
	return lasted(time.Duration(*n * float64(time.Millisecond)))
}
