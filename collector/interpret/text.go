package interpret

import (
	"bytes"
	"iter"
	"regexp"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// text is a body as one kind of reader takes it.
type text struct {
	source *source
	// data is the decoded body; charset is empty where that is the body itself.
	data    []byte
	charset string
	// split: one of [message.Ends] ends a message.
	split bool
}

// likeRPC are texts that can be a part of a JSON-RPC message.
var likeRPC = regexp.MustCompile(`^\s*[{\[]|"(?:jsonrpc|method|params|result|id)"\s*:`)

func (t text) holdsMessage() bool {
	for p := range t.parts() {
		if p.message.Kind != schema.KindNoise {
			return true
		}
	}
	return false
}

// parts gives the messages of a text and what stands between them, in their order.
func (t text) parts() iter.Seq[part] {
	return func(yield func(part) bool) {
		c := cutter{text: t, yield: yield}
		if t.split {
			var ends [len(message.Ends)]int
			for from := 0; from < len(t.data); {
				to, length := message.NextEnd(t.data, from, &ends)
				if !c.whole(from, to, schema.FlagAmbiguous) {
					c.values(from, to, schema.FlagAmbiguous)
				}
				from = to + length
			}
			c.endNoise()
			return
		}
		if jsonrpc.IsBatch(t.data) {
			c.batch()
		} else if !c.whole(0, len(t.data), 0) {
			c.values(0, len(t.data), 0)
		}
		c.endNoise()
	}
}

// cutter cuts a text into parts.
type cutter struct {
	text
	yield func(part) bool
	done  bool
	// noiseFrom and noiseTo are what was no message since the last part, empty if equal.
	noiseFrom, noiseTo int
	// small counts the parts that are no messages.
	small int
}

// batch takes the elements of a batch, or the values of what is no whole one.
func (c *cutter) batch() {
	// A broken batch is read value by value: Python takes one with NaN in it for whole.
	elements, whole := jsonrpc.Elements(c.data)
	if !whole {
		from := bytes.IndexByte(c.data, '[') + 1
		c.values(from, len(c.data), schema.FlagBatch|schema.FlagAmbiguous)
		return
	}
	for from, to := range elements {
		switch {
		case c.done:
			return
		case c.whole(from, to, schema.FlagBatch):
		case c.small < maxParts:
			c.small++
			c.endNoise()
			c.emit(from, to, jsonrpc.Message{Kind: schema.KindNoise}, schema.FlagBatch|schema.FlagInvalid)
		default:
			c.addNoise(from, to)
		}
	}
}

// whole takes a piece that is one message, once for each way in which readers differ about
// its members, and reports whether it is one.
func (c *cutter) whole(from, to int, flags schema.Flag) bool {
	if piece := bytes.TrimLeft(c.data[from:to], separators+"\ufeff"); len(piece) == 0 || piece[0] != '{' {
		return false
	}
	m, err := jsonrpc.Scan(c.data[from:to])
	if err != nil {
		return false
	}
	readings := []jsonrpc.Message{m}
	if m.Ambiguous {
		readings = jsonrpc.Readings(c.data[from:to], m)
	}
	if readings[0].Kind == schema.KindNoise {
		return false
	}
	for _, reading := range readings {
		c.message(from, to, reading, flags)
	}
	return true
}

// values takes the objects of a piece one after the other, each with what is a message to
// a lenient reader. What stands between them is noise.
func (c *cutter) values(from, to int, flags schema.Flag) {
	for from < to && !c.done {
		begin := bytes.IndexByte(c.data[from:to], '{')
		if begin < 0 || begin > 0 && !c.source.received && len(bytes.Trim(c.data[from:from+begin], separators)) > 0 {
			break
		}
		begin += from
		// The end of the value is found without parsing it, and the next one begins behind it:
		// the time is linear in the text, however many values there are.
		skim := jsonrpc.NewSkimmer()
		end := begin + skim.Value(c.data[begin:to])
		c.addNoise(from, begin)
		switch m := skim.Message(); {
		case !skim.Ended():
			c.addNoise(begin, end)
		case c.whole(begin, end, flags|schema.FlagAmbiguous):
		case m.Kind != schema.KindNoise:
			c.message(begin, end, m, flags|schema.FlagAmbiguous|schema.FlagUnreadable)
		default:
			c.addNoise(begin, end)
		}
		from = end
	}
	c.addNoise(from, to)
}

func (c *cutter) message(from, to int, m jsonrpc.Message, flags schema.Flag) {
	c.endNoise()
	c.emit(from, to, m, flags)
}

// separators stand between messages and are recorded with none.
const separators = " \t\r\n,[]"

func (c *cutter) addNoise(from, to int) {
	if len(bytes.Trim(c.data[from:to], separators)) == 0 {
		return // it only separates
	}
	if c.noiseFrom == c.noiseTo {
		c.noiseFrom = from
	}
	c.noiseTo = to
}

// endNoise emits what was no message since the last part.
func (c *cutter) endNoise() {
	if from, to := c.noiseFrom, c.noiseTo; from < to {
		c.noiseFrom = c.noiseTo
		c.emit(from, to, jsonrpc.Message{Kind: schema.KindNoise}, noiseFlags(c.data[from:to])|schema.FlagAmbiguous)
	}
}

func (c *cutter) emit(from, to int, m jsonrpc.Message, flags schema.Flag) {
	if c.done {
		return
	}
	// Who reads the bytes as UTF-8 finds something else in them, or nothing.
	p := part{message: m, flags: flags, charset: c.charset}
	if c.charset != "" {
		p.flags |= schema.FlagAmbiguous
	}
	if from == 0 && to == len(c.data) {
		p.body = c.source.body
	} else {
		// A piece of a decoded text has no bytes of its own in the body: it is encoded again.
		raw, _ := charset.Encode(c.charset, c.data[from:to:to])
		p.body = message.Body{Data: raw, Size: uint64(len(raw))}
	}
	c.done = !c.yield(p)
}
