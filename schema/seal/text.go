package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// The text of a seal and of a certificate: a line per field, in this order. A
// session's line is its id, the seq and hash of its last event, and its state.
// The formats are stored and signed, so they never change; another one has another title.
const (
	sealTitle        = "mcptrail seal v1"
	certificateTitle = "mcptrail epoch v1"
)

// text is what is signed.
func (s *Seal) text() []byte {
	var b bytes.Buffer
	state := "open"
	if s.Final {
		state = "final"
	}
	// Names are quoted: a line break in one would otherwise add a field.
	fmt.Fprintf(&b, "%s\ntenant %q\ncollector %q\nepoch %s\nindex %d\nprevious %x\nevents %d %d\nroot %x\ntime %d\nstate %s\n",
		sealTitle, s.Tenant, s.CollectorID, s.Epoch, s.Index, s.Previous, s.First, s.Count, s.Root, s.Time, state)
	for i := range s.Heads {
		h := &s.Heads[i]
		state := "open"
		if h.Closed {
			state = "closed"
		}
		fmt.Fprintf(&b, "session %s %d %x %s\n", h.Session, h.Seq, h.Hash, state)
	}
	return b.Bytes()
}

func (c *Certificate) text() []byte {
	return fmt.Appendf(nil, "%s\ntenant %q\ncollector %q\nepoch %s\nnumber %d\nkey %s\ntime %d\n",
		certificateTitle, c.Tenant, c.CollectorID, c.Epoch, c.Number, c.Key, c.Time)
}

// errText is a text in another form than ours.
var errText = errors.New("not in the one form that it has")

// parseSeal reads the text of a seal. Only the form that [Seal.text] writes is taken.
// The parser is lenient and the comparison at its end strict: what was parsed is rendered
// again and must give the same bytes. So leading zeros, capital letters in an id, another
// quoting or a state that is neither word are refused in one place.
func parseSeal(text []byte) (*Seal, error) {
	l := lines{left: string(text)}
	l.title(sealTitle)
	s := &Seal{Tenant: l.quoted("tenant"), CollectorID: l.quoted("collector"), Epoch: l.id("epoch"), Index: l.number("index"),
		Previous: l.hash("previous")}
	if first, count, ok := strings.Cut(l.field("events"), " "); ok {
		s.First, s.Count = l.parse(first), l.parse(count)
	}
	s.Root = l.hash("root")
	s.Time = int64(l.number("time"))
	s.Final = l.field("state") == "final"
	// Of more sessions than these the rest stays in left, and the bytes then differ.
	for l.left != "" && l.err == nil && len(s.Heads) < MaxEvents {
		s.Heads = append(s.Heads, l.head())
	}
	if l.err == nil && !bytes.Equal(s.text(), text) {
		l.err = errText
	}
	if l.err == nil {
		l.err = s.check()
	}
	if l.err != nil {
		return nil, fmt.Errorf("reading a seal: %w", l.err)
	}
	return s, nil
}

// parseCertificate is strict in the same way as parseSeal.
func parseCertificate(text []byte) (*Certificate, error) {
	l := lines{left: string(text)}
	l.title(certificateTitle)
	c := &Certificate{Tenant: l.quoted("tenant"), CollectorID: l.quoted("collector"), Epoch: l.id("epoch"),
		Number: l.number("number"), Key: l.field("key"), Time: int64(l.number("time"))}
	if l.err == nil && !bytes.Equal(c.text(), text) {
		l.err = errText
	}
	if l.err != nil {
		return nil, fmt.Errorf("reading a certificate: %w", l.err)
	}
	return c, nil
}

// lines reads fields. After the first error it returns zero values.
// Callers read all fields without a check in between, and look at err in the end.
type lines struct {
	left string
	err  error
}

func (l *lines) next() string {
	line, left, ok := strings.Cut(l.left, "\n")
	if !ok && l.err == nil {
		l.err = errText
	}
	l.left = left
	return line
}

func (l *lines) title(want string) {
	if l.next() != want && l.err == nil {
		l.err = fmt.Errorf("%w: it does not begin with %q", errText, want)
	}
}

func (l *lines) field(name string) string {
	value, ok := strings.CutPrefix(l.next(), name+" ")
	if !ok && l.err == nil {
		l.err = fmt.Errorf("%w: no %s where it belongs", errText, name)
	}
	return value
}

// quoted reads a name, and refuses one that is longer than a name of an event may be.
func (l *lines) quoted(name string) string {
	value, err := strconv.Unquote(l.field(name))
	if err != nil && l.err == nil || len(value) > schema.MaxName {
		l.err = fmt.Errorf("%w: %s", errText, name)
	}
	return value
}

func (l *lines) id(name string) uuid.UUID { return l.parseID(l.field(name)) }

func (l *lines) parseID(text string) uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("%w: id %.40q", errText, text)
	}
	return id
}

func (l *lines) number(name string) uint64 { return l.parse(l.field(name)) }

// parse takes no sign: a time before 1970 is refused.
func (l *lines) parse(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("%w: number %.40q", errText, text)
	}
	return n
}

func (l *lines) hash(name string) schema.Hash { return l.parseHash(l.field(name)) }

func (l *lines) parseHash(text string) (h schema.Hash) {
	if len(text) != 2*len(h) && l.err == nil {
		l.err = fmt.Errorf("%w: hash of %d digits", errText, len(text))
	}
	if l.err == nil {
		if _, err := hex.Decode(h[:], []byte(text)); err != nil {
			l.err = fmt.Errorf("%w: hash %.80q", errText, text)
		}
	}
	return h
}

func (l *lines) head() (h Head) {
	part := strings.Split(l.field("session"), " ")
	if len(part) != 4 {
		if l.err == nil {
			l.err = fmt.Errorf("%w: a session", errText)
		}
		return h
	}
	return Head{Session: l.parseID(part[0]), Seq: l.parse(part[1]), Hash: l.parseHash(part[2]), Closed: part[3] == "closed"}
}
