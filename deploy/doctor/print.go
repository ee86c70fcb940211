//go:build unix

package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Printer writes findings for people.
type Printer struct {
	Out io.Writer
	// Width of the terminal, 0 where there is none.
	Width  int
	Colour bool
}

// signs of the levels, and their colours as SGR parameters.
var signs = map[Level]struct{ sign, colour string }{
	Good: {"✓", "32"}, Notice: {"!", "33"}, Wrong: {"✗", "31"}, Unknown: {"-", "2"},
}

const (
	partWidth = 11
	indent    = 4 + partWidth + 1
	// widest is where lines break, on a wide terminal and in a pipe too.
	widest = 110
)

// Print writes the findings, part by part, and a line that sums them up.
func (p Printer) Print(found []Finding) error {
	var b strings.Builder
	part := ""
	counts := map[Level]int{}
	for _, f := range found {
		name := f.Part
		if name == part {
			name = ""
		}
		part = f.Part
		s := signs[f.Level]
		counts[f.Level]++
		fmt.Fprintf(&b, "[%s] %-*s %s\n", p.paint(s.sign, s.colour), partWidth, name, p.lines(f.Says, ""))
		if f.Do != "" && f.Level != Good {
			fmt.Fprintf(&b, "%*s%s\n", indent, "", p.lines(f.Do, "→ "))
		}
	}
	b.WriteString("\n" + p.summary(counts) + "\n")
	_, err := io.WriteString(p.Out, b.String())
	return err
}

func (p Printer) summary(counts map[Level]int) string {
	notices := ""
	if n := counts[Notice]; n > 0 {
		notices = fmt.Sprintf(" %d %s worth knowing.", n, plural(n, "thing is", "things are"))
	}
	if n := counts[Wrong]; n > 0 {
		return p.paint(fmt.Sprintf("%d %s wrong.", n, plural(n, "thing is", "things are")), signs[Wrong].colour) + notices
	}
	return p.paint("Nothing is wrong.", signs[Good].colour) + notices
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (p Printer) paint(text, colour string) string {
	if !p.Colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// lines breaks a text between words, the first line behind a mark.
func (p Printer) lines(text, mark string) string {
	width := widest
	if p.Width > 0 {
		width = min(width, p.Width)
	}
	width = max(width-indent-utf8.RuneCountInString(mark), 30)
	var b strings.Builder
	b.WriteString(mark)
	at := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case at > 0 && at+1+n > width:
			fmt.Fprintf(&b, "\n%*s", indent+utf8.RuneCountInString(mark), "")
			at = 0
		case at > 0:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
