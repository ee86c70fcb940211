package verify

import (
	"fmt"
	"io"
)

// Shown is how many problems [Report.Print] lists.
const Shown = 50

// Print writes what was found for people. Paint marks a word by what it means, one
// of the severities, or nothing for what is good.
// Errors of w are not looked at: whoever needs them wraps it. The counts are of all problems,
// listed or not.
func (r *Report) Print(w io.Writer, paint func(word string, s Severity) string) {
	of := map[int]Severity{1: Mismatch, 2: Incomplete, 3: Untrusted}
	state := paint(r.State, of[r.Status()])
	if r.Waiting > 0 && r.Mismatches == 0 {
		state += ", waiting for " + count(r.Waiting, "sealed event")
	}
	fmt.Fprintf(w, "%s: %s as sealed by a trusted key, of %s in %s under %s of %s\n", state,
		count(r.Verified, "event"), count(r.Events, "event"), count(r.Sessions, "session"), count(r.Seals, "seal"), count(r.Epochs, "collector run"))
	for _, n := range []struct {
		n    uint64
		says string
	}{
		{r.Sealed, "sealed by a key that is not trusted"}, {r.Received, "not sealed"}, {r.Broken, "not what was stored or sealed"},
		{r.Missing, "sealed and not there"}, {r.Waiting, "sealed moments ago, and not there yet"}, {r.Lost, "lost by the collector itself, as it says"}, {r.Repeats, "stored twice, which is harmless"},
	} {
		if n.n > 0 {
			fmt.Fprintf(w, "  %s %s\n", count(n.n, "event"), n.says)
		}
	}
	for i := range r.Problems[:min(len(r.Problems), Shown)] {
		p := &r.Problems[i]
		fmt.Fprintf(w, "%s %s\n", paint(fmt.Sprintf("%-10s", p.Severity), p.Severity), p)
	}
	if n := r.Mismatches + r.Untrusted + r.Incomplete; n > Shown {
		fmt.Fprintf(w, "… and %d more\n", n-Shown)
	}
	for _, c := range r.Causes {
		fmt.Fprintf(w, "likely     %s\n           → %s\n", c.Likely, c.Do)
	}
}

func count(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
