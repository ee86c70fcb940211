package redact

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact/pii"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
)

// Redactor applies one policy for one tenant. Not for concurrent use.
type Redactor struct {
	policy Policy
	hash   schema.Hash
	keys   keys
	engine *secret.Engine
	names  *secret.Names
	pii    pii.Finder
	fields []field

	// What follows is scratch space, reused from message to message.
	fieldNames *fieldNames
	walking    walk
	nested     [maxEmbedded]walk
	objects    []*object
	open       int
	// views are those of strings at each depth of JSON in JSON, name that of a name.
	views [maxEmbedded + 1]secret.View
	name  secret.View
	spans []secret.Span
	found []pii.Span
	steps []step
	items []item
	// budget is that of the message at hand, pointer the text of the last one.
	budget  secret.Budget
	pointer []byte
}

// Input is one message, with what decides how it is treated.
type Input struct {
	// Upstream is the configured name of the server.
	Upstream string
	// Method and Target as in the event: on an answer, those of its request.
	Method, Target string
	// About is the request that the message is about; zero for none. The lower of its level
	// and that of the message applies.
	About     About
	Kind      schema.Kind
	Direction schema.Direction
	// Unknown means that the request this answers is not known: an answer without its
	// request, a page, a text that may be a part of a message. The lowest level that any
	// message of the server can have applies.
	Unknown bool
	Body    message.Body
	// Charset under which the body has to be read; empty for UTF-8.
	Charset string
	// Withhold is why nothing of the body may be stored, whatever is in it; empty where
	// the policy decides.
	Withhold string
	// Lines is the state of one stream of text from line to line; nil for messages that
	// stand alone.
	Lines *Lines
	// Session that the message belongs to; nil for none.
	Session *Session
}

// About is the method and the target of a request.
type About struct{ Method, Target string }

// Output is what the event gets.
type Output struct {
	// Payload aliases the input's Data where nothing was cut.
	Payload    []byte
	Redactions []schema.Redaction
	// Flags are FlagTruncated and FlagWithheld as they apply.
	Flags      schema.Flag
	Level      Level
	Policy     schema.Hash
	Commitment schema.Hash
}

// Reasons why a body is withheld; they stand as the rule of the one redaction that
// such an event has.
const (
	WithheldLevel    = "withheld-level"
	WithheldSize     = "withheld-size"
	WithheldDepth    = "withheld-depth"
	WithheldBudget   = "withheld-budget"
	WithheldCuts     = "withheld-cuts"
	WithheldUnstable = "withheld-unstable"
	WithheldFailure  = "withheld-failure"
	WithheldBinary   = "withheld-binary"
	// WithheldCharset: the body is in a charset in which nothing can be found here.
	WithheldCharset = "withheld-charset"
	// WithheldCredentials: the body serves to obtain credentials.
	WithheldCredentials = "withheld-credentials"
)

// New builds a Redactor. The policy must come from Parse, Load or Default.
func New(policy Policy, tenant string, key identity.Key) (*Redactor, error) {
	names := secret.NewNames(policy.Names.Cut, policy.Names.Keep)
	engine, err := secret.New(names, policy.Secrets.Off, policy.rules())
	if err != nil {
		return nil, fmt.Errorf("building the secret rules: %w", err)
	}
	on := func(a Action) bool { return a == Mask || a == Token }
	r := &Redactor{policy: policy, hash: policy.Hash(), keys: derive(tenant, key), engine: engine, names: names, fieldNames: &fieldNames{names: names},
		pii: pii.Finder{Card: on(policy.PII.Card), IBAN: on(policy.PII.IBAN), Email: on(policy.PII.Email), Phone: on(policy.PII.Phone)}}
	if !slices.Contains(policy.Secrets.Off, pii.KindPerson) {
		r.pii.Persons = pii.NewPersons()
	}
	for _, f := range policy.Fields {
		r.fields = append(r.fields, compileField(f))
	}
	return r, nil
}

// Policy returns the hash of the policy in force.
func (r *Redactor) Policy() schema.Hash { return r.hash }

// Excludes reports whether the policy excludes a message from the record, and names the
// member of the policy that does.
func (r *Redactor) Excludes(in *Input) (rule string, yes bool) {
	level, i := r.policy.level(in)
	if level != LevelNone {
		return "", false
	}
	r.collectAnswers(in)
	if i < 0 {
		return "capture.default", true
	}
	return fmt.Sprintf("capture.rules[%d]", i), true
}

// Message decides what is stored of a message. It never fails: what it cannot clean
// it withholds.
func (r *Redactor) Message(in Input) (out Output) {
	level, _ := r.policy.level(&in)
	out = Output{Level: level, Policy: r.hash}
	if level == LevelRequest && in.Kind == schema.KindAnswer {
		level = LevelDigest
	}
	switch level {
	case LevelNone, LevelMetadata:
		r.collectAnswers(&in)
		return out.withhold(WithheldLevel, in.Body)
	}
	out.Commitment = r.keys.commit(&in.Body)
	if level == LevelDigest {
		r.collectAnswers(&in)
		return out.withhold(WithheldLevel, in.Body)
	}
	if in.Withhold != "" {
		return out.withhold(in.Withhold, in.Body)
	}
	if len(in.Body.Data) > r.policy.Limits.Size {
		return out.withhold(WithheldSize, in.Body)
	}
	if secret.Compressed(in.Body.Data) {
		return out.withhold(WithheldBinary, in.Body)
	}
	defer func() {
		if recover() != nil { // the panic's own text may hold a part of the body, so it is dropped
			out = out.withhold(WithheldFailure, in.Body)
			r.discard()
		}
	}()
	payload, redactions, reason := r.cleanDecoded(&in)
	if reason != "" {
		return out.withhold(reason, in.Body)
	}
	out.Payload, out.Redactions = payload, redactions
	if in.Body.Cut() {
		out.Flags |= schema.FlagTruncated
	}
	return out
}

// discard drops the scratch space, which may be inconsistent after a panic.
func (r *Redactor) discard() {
	r.objects, r.open = nil, 0
	r.walking, r.nested, r.views, r.steps, r.items = walk{}, [maxEmbedded]walk{}, [maxEmbedded + 1]secret.View{}, nil, nil
}

// withhold returns o without anything of the body.
func (o Output) withhold(reason string, body message.Body) Output {
	o.Payload = nil
	o.Flags |= schema.FlagWithheld
	o.Redactions = []schema.Redaction{{Rule: reason, Length: body.Size}}
	return o
}

// cleanDecoded cleans a body as it is read in its charset. The bytes stay as they came
// where nothing is cut; else the text is encoded again.
func (r *Redactor) cleanDecoded(in *Input) (payload []byte, redactions []schema.Redaction, withheld string) {
	if in.Charset == "" {
		return r.clean(in)
	}
	raw := in.Body.Data
	plain, known := charset.Decode(in.Charset, raw)
	switch {
	case !known && !utf8.Valid(raw):
		return nil, nil, WithheldCharset
	case !known:
		return r.clean(in)
	case len(plain) > r.policy.Limits.Size:
		return nil, nil, WithheldSize
	}
	decoded := *in
	decoded.Body.Data, decoded.Body.Size = plain, uint64(len(plain))
	if in.Body.Cut() {
		decoded.Body.Size++
	}
	payload, redactions, withheld = r.clean(&decoded)
	if len(redactions) == 0 {
		payload = raw
	} else {
		payload, _ = charset.Encode(in.Charset, payload) // what Decode knows
	}
	return payload, redactions, withheld
}

// maxPasses bounds how often a message is scanned until a scan finds nothing.
const maxPasses = 8

// clean scans and cuts until a scan finds nothing: a cut can expose what the text around
// it hid. The result is a fixed point, so that redacting a stored payload changes nothing.
func (r *Redactor) clean(in *Input) (payload []byte, redactions []schema.Redaction, withheld string) {
	payload = in.Body.Data
	mib := 1 + len(payload)>>20
	r.budget = secret.Budget{Steps: mib * r.policy.Limits.Budget * stepsPerMS}
	if in.Session != nil {
		in.Session.tails.message++
	}
	for pass := range maxPasses {
		w := r.walk(in, payload, &r.budget, pass)
		if w.withheld != "" {
			return nil, nil, w.withheld
		}
		if len(w.cuts) == 0 {
			return payload, redactions, ""
		}
		var more []schema.Redaction
		payload, more = w.splice()
		redactions = append(w.standing(redactions), more...)
		if len(redactions) > schema.MaxRedactions {
			return nil, nil, WithheldCuts
		}
	}
	return nil, nil, WithheldUnstable
}
