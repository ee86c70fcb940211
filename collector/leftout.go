package collector

import (
	"encoding/hex"
	"net/http"
	"slices"

	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// LeftOut counts the messages of a session that the capture policy lets no event be
// made of. The end of the session states them, so that what was not recorded by
// policy differs from what did not happen.
type LeftOut struct {
	// Rule is the member of the policy that says so, and Policy the beginning of its
	// hash: "capture.rules[0]". An answer whose request was left out follows it,
	// whatever a newer policy says: "request".
	Rule   string `json:"rule"`
	Policy string `json:"policy"`
	// Messages, and their Bytes on the wire.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}

// policyDigits are enough of a policy's hash to tell it from the few others.
const policyDigits = 16

// maxLeftOut bounds what one session keeps apart; what comes on top is counted with
// the last.
const maxLeftOut = 64

// leave counts a message of which there is no event.
func (ss *sessions) leave(s *session, rule string, bytes uint64) {
	hash := ss.redactor.Policy()
	policy := hex.EncodeToString(hash[:])[:policyDigits]
	i := slices.IndexFunc(s.left, func(l LeftOut) bool { return l.Rule == rule && l.Policy == policy })
	if i < 0 && len(s.left) < maxLeftOut {
		s.left = append(s.left, LeftOut{Rule: rule, Policy: policy})
	}
	if i < 0 {
		i = len(s.left) - 1
	}
	s.left[i].Messages++
	s.left[i].Bytes += bytes
	ss.stats.LeftOut.Add(1)
}

// input is what redaction must know of an event's body.
func (ss *sessions) input(s *session, e *schema.Event) redact.Input {
	in := redact.Input{Upstream: e.Upstream, Method: e.Method, Target: e.Target, Kind: e.Kind, Direction: e.Direction}
	in.Body.Data, in.Body.Size = e.Payload, e.Size
	in.Session = &s.answers
	if e.Kind == schema.KindStderr || e.Kind == schema.KindNoise {
		in.Lines = s.linesOf(e.Kind)
	}
	if e.Method == "" {
		in.Unknown = e.Kind == schema.KindAnswer || e.Kind == schema.KindHTTP ||
			e.Kind == schema.KindNoise && e.Flags&(schema.FlagAmbiguous|schema.FlagInvalid) != 0
	}
	return in
}

// leftOut reports whether the policy lets no event be made of what e would record,
// and counts it. The answer to a request that is in the record is never left out,
// so that pairs stay whole.
func (ss *sessions) leftOut(s *session, e *schema.Event) bool {
	if e.Size == 0 || e.Kind == schema.KindAnswer && e.RequestSeq != 0 {
		return false
	}
	in := ss.input(s, e)
	rule, yes := ss.redactor.Excludes(&in)
	if yes {
		ss.leave(s, rule, e.Size)
	}
	return yes
}

// tell records an event of a message, or counts it where the policy leaves it out or
// it is silent: what it is about was left out. It returns its number, 0 for none.
func (ss *sessions) tell(x *Exchange, e *schema.Event, silent bool) uint64 {
	seq := uint64(0)
	switch {
	case !silent:
		seq = ss.record(x.session, e)
	case !ss.leftOut(x.session, e):
		ss.leave(x.session, "request", e.Size)
	}
	x.kept, x.left = x.kept || seq != 0, x.left || seq == 0
	return seq
}

// again records a message that crosses a second time. It is treated as the first one
// was: an answer by the method of its request.
func (ss *sessions) again(x *Exchange, e *schema.Event) {
	silent := false
	if r, ok := x.session.pairs.Asked(e.Direction, e.RPCID); ok && e.Kind == schema.KindAnswer {
		e.Method, e.Target = r.Method, r.Target
		silent = r.Seq == 0
	}
	ss.tell(x, e, silent)
}

// follow ties an event to the request it is about, and reports whether there is no
// event of that.
func follow(e *schema.Event, r *jsonrpc.Request) (silent bool) {
	if r.Seq == 0 {
		return true
	}
	e.RequestSeq, e.Duration = r.Seq, e.Mono-r.Mono
	return false
}

// silent reports whether the exchange carried messages and there is an event of none.
func (x *Exchange) silent() bool {
	return x.left && !x.kept && x.HTTP.Verb != http.MethodGet
}

// quietKey is a progress token with the direction of its request.
type quietKey struct {
	direction schema.Direction
	token     string
}

// maxQuiet bounds the memory of tokens; they are of use while a request waits.
const maxQuiet = 4096

// hush remembers whether progress on a request must not be recorded either.
func (s *session) hush(request *schema.Event, quiet bool) {
	key := quietKey{request.Direction, request.ProgressToken}
	if key.token == "" || quiet == s.quiet[key] {
		return
	}
	if !quiet {
		delete(s.quiet, key)
		return
	}
	if s.quiet == nil || len(s.quiet) >= maxQuiet {
		s.quiet = map[quietKey]bool{}
	}
	s.quiet[key] = true
}
