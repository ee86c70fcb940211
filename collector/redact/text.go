package redact

import (
	"path"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// Text cleans a text of an event that is no body: a target, a resource's URI, a name
// that a peer gave itself. What cannot be cleaned becomes a mark as a whole.
func (r *Redactor) Text(s string) string {
	if s == "" {
		return s
	}
	out := r.text([]byte(s))
	if out == nil {
		return secret.Mark("text", r.keys.fingerprint([]byte(s)))
	}
	return string(out)
}

// text cleans a text whatever the policy's levels are; nil if it cannot.
func (r *Redactor) text(s []byte) (clean []byte) {
	defer func() {
		if recover() != nil {
			clean = nil
		}
	}()
	in := Input{Kind: schema.KindStderr, Body: message.Body{Data: s, Size: uint64(len(s))}}
	payload, _, withheld := r.clean(&in)
	if withheld != "" {
		return nil
	}
	return payload
}

// Header returns what of a header may be recorded: nothing if it is a credential or
// the policy does not list it, its cleaned value otherwise.
func (r *Redactor) Header(name, value string) (string, bool) {
	if r.names.Class([]byte(name)) > secret.Weak {
		return "", false
	}
	for _, pattern := range r.policy.Headers {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); ok && err == nil {
			return r.Text(value), true
		}
	}
	return "", false
}
