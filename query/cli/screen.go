package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Screen is where a command prints.
//
// One goroutine prints. A write that fails is remembered by the buffer: Flush at the end
// returns it, so the rows in between are written without a check.
type Screen struct {
	*bufio.Writer
	// Notes are remarks that are no part of the result: standard error. What is piped on
	// must hold the result alone.
	Notes io.Writer
	// Width of the terminal in places, 0 where the output is no terminal.
	// Width is read once: a terminal that is made wider later keeps the narrow table.
	Width int
	// Colour is true on a terminal whose user does not refuse it.
	Colour bool
}

// NewScreen prints to out, and remarks to notes.
func NewScreen(out, notes io.Writer) *Screen {
	// 64 KiB keep the system calls few for a long list. The price is that whoever waits or ends
	// must call Flush.
	s := &Screen{Writer: bufio.NewWriterSize(out, 64<<10), Notes: notes}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		// The convention of no-color.org: set to anything but the empty string, it means no.
		s.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			s.Width = width
		}
	}
	return s
}

// colour of a piece of text, an SGR parameter.
type colour string

const (
	plain  colour = ""
	bold   colour = "1"
	dim    colour = "2"
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
)

// paint colours printable text.
// text must have passed through printable: it goes out as it is. A painted text must not be
// measured or cut any more.
func (s *Screen) paint(text string, c colour) string {
	if c == plain || !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// json prints one value a line.
func (s *Screen) json(v any) error {
	// jsonText keeps recorded control characters from the terminal; escaping <, > and & as
	// for HTML would only make the output harder to search.
	enc := json.NewEncoder(jsonText{s})
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// cell is printable text in a table.
// The colour is kept beside the text, so that widths are those of the text alone.
type cell struct {
	text   string
	colour colour
}

// column of a table. A soft one gives way where the terminal is narrow.
type column struct {
	title string
	right bool
	soft  bool
}

const (
	// softWidth is what a soft column keeps on a narrow terminal.
	softWidth = 12
	// maxWidth is what a column may take at most, in a pipe too: one long name
	// pads every row.
	maxWidth = 100
	// maxLast is that of the last column, which nothing is padded for.
	maxLast = 400
)

// table prints aligned rows under their titles.
// Every row has as many cells as there are columns.
func (s *Screen) table(columns []column, rows [][]cell) {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = cells(c.title)
		for _, row := range rows {
			// The widest row decides, so a table is held in memory whole; long lists are paged.
			widths[i] = min(max(widths[i], cells(row[i].text)), maxWidth)
		}
	}
	s.shrink(columns, widths)
	head := make([]cell, len(columns))
	for i, c := range columns {
		head[i] = cell{c.title, dim}
	}
	for _, row := range append([][]cell{head}, rows...) {
		s.row(columns, widths, row)
	}
}

// shrink takes from the widest soft column until the row fits. It takes one place at a time,
// so that several wide columns end at the same width. When all have reached softWidth the
// row may still be too long: cutting an id is worse.
func (s *Screen) shrink(columns []column, widths []int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; s.Width > 0 && total > s.Width; total-- {
		widest := -1
		for i, c := range columns {
			if c.soft && widths[i] > softWidth && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// row prints cells in their widths. What is longer pushes the rest up to a bound,
// but on a terminal a soft column is cut.
// It is cut before it is painted, and padded after the text and outside of its colour.
func (s *Screen) row(columns []column, widths []int, row []cell) {
	var line strings.Builder
	for i, c := range row {
		text := c.text
		if columns[i].soft && s.Width > 0 {
			text = cut(text, widths[i])
		}
		if i < len(row)-1 {
			text = cut(text, maxWidth)
		} else {
			text = cut(text, maxLast)
		}
		gap := strings.Repeat(" ", max(widths[i]-cells(text), 0))
		if columns[i].right {
			line.WriteString(gap)
			gap = ""
		}
		line.WriteString(s.paint(text, c.colour))
		if i < len(row)-1 {
			line.WriteString(gap + "  ")
		}
	}
	_, _ = s.WriteString(strings.TrimRight(line.String(), " ") + "\n") // Flush has the error
}
