package journal

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// Cleaner takes out of texts and events what must not be stored, by the policy in
// force. It caches texts, since the names of methods and tools repeat.
type Cleaner struct {
	redactor *redact.Redactor
	texts    *simplelru.LRU[string, string]
}

const (
	// maxPlainText is the length up to which a name or an id can be no credential.
	maxPlainText = 7
	// maxCachedText bounds a cached text, in bytes, and cachedTexts their number.
	maxCachedText, cachedTexts = 128, 4096
)

func newCleaner(redactor *redact.Redactor) *Cleaner {
	texts, err := simplelru.NewLRU[string, string](cachedTexts, nil)
	if err != nil {
		panic("a cache of constant size: " + err.Error())
	}
	return &Cleaner{redactor: redactor, texts: texts}
}

// adopt puts another policy in force.
func (c *Cleaner) adopt(redactor *redact.Redactor) {
	c.redactor = redactor
	c.texts.Purge()
}

// Text cleans what a peer wrote outside of a body.
func (c *Cleaner) Text(s string) string {
	if len(s) <= maxPlainText {
		return s
	}
	if len(s) > maxCachedText {
		return c.redactor.Text(s)
	}
	clean, ok := c.texts.Get(s)
	if !ok {
		clean = c.redactor.Text(s)
		c.texts.Add(s, clean)
	}
	return clean
}

// Texts cleans a list of them.
func (c *Cleaner) Texts(all []string) []string {
	var clean []string
	for _, s := range all {
		clean = append(clean, c.Text(s))
	}
	return clean
}

// Argv cleans a command line.
func (c *Cleaner) Argv(args []string) []string { return c.redactor.Argv(args) }

// URL cleans an address.
func (c *Cleaner) URL(s string) string { return c.redactor.URL(s) }

// Path cleans the path of an address, and takes its query off.
func (c *Cleaner) Path(s string) string { return c.redactor.Path(s) }

// Header cleans the value of a header and reports whether the policy allows to record it.
func (c *Cleaner) Header(name, value string) (string, bool) { return c.redactor.Header(name, value) }

// event cleans a draft. A body came from a peer if it has a size; what the collector
// itself states is clean.
func (c *Cleaner) event(s *Session, e *schema.Event, about Subject) {
	e.Policy = c.redactor.Policy()
	e.Method, e.Target, e.RPCID = c.Text(e.Method), c.Text(e.Target), c.Text(e.RPCID)
	e.ProgressToken, e.TaskID = c.Text(e.ProgressToken), c.Text(e.TaskID)
	for i := range e.Keys {
		e.Keys[i].Value = c.Text(e.Keys[i].Value)
	}
	if e.Size == 0 {
		return
	}
	out := c.redactor.Message(input(s, e, about))
	e.Payload, e.Redactions, e.Commitment = out.Payload, out.Redactions, out.Commitment
	e.Flags |= out.Flags
	e.Charset = c.Text(e.Charset) // a name that a peer chose
}

// input is what the redactor must know about the body of a draft.
func input(s *Session, e *schema.Event, about Subject) redact.Input {
	in := redact.Input{Upstream: e.Upstream, Method: e.Method, Target: e.Target, Kind: e.Kind, Direction: e.Direction,
		Unknown: about.Unknown, About: redact.About{Method: about.Method, Target: about.Target},
		Session: &s.redaction, Lines: s.lines(e.Kind)}
	in.Body.Data, in.Body.Size, in.Body.Sum, in.Charset = e.Payload, e.Size, e.Commitment, e.Charset
	if e.Flags.Has(schema.FlagWithheld) { // by the interpreter, which gives the reason
		in.Withhold = e.Redactions[0].Rule
	}
	if e.Method == "" {
		in.Unknown = in.Unknown || e.Kind == schema.KindAnswer || e.Kind == schema.KindHTTP || e.Flags.Has(schema.FlagUnreadable) ||
			e.Kind == schema.KindNoise && e.Flags&(schema.FlagAmbiguous|schema.FlagInvalid) != 0
	}
	return in
}
