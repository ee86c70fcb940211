package interpret

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// join follows a value over the lines of a process: a reader that decodes a stream of JSON
// values, such as the Go SDK's, takes a line end for white space. It returns the line that
// ends a message which an earlier one began, with what the message is. Of an unfinished
// value nothing is kept but what skimming keeps.
func (x *exchange) join(s *source, direction schema.Direction) (part, bool) {
	if !s.lines {
		return part{}, false
	}
	skim, begun := x.unfinished[direction]
	data := s.body.Data
	if !begun {
		if data = bytes.TrimLeft(data, " \t\r[,"); len(data) == 0 || data[0] != '{' {
			return part{}, false
		}
		skim = jsonrpc.NewSkimmer()
	}
	// The line end itself is white space to such a reader and needs no byte here.
	skim.Value(data)
	if skim.Ended() || skim.InString() || s.body.Cut() {
		// No reader takes a line end inside of a string.
		if delete(x.unfinished, direction); len(x.unfinished) == 0 {
			x.unfinished = nil
		}
		m := skim.Message()
		m.Ambiguous = true
		return part{body: s.body, message: m, flags: schema.FlagUnreadable}, begun && skim.Ended() && isMessage(m)
	}
	if x.unfinished == nil {
		x.unfinished = map[schema.Direction]*jsonrpc.Skimmer{}
	}
	x.unfinished[direction] = skim
	return part{}, false
}
