package redact

import (
	"path"
	"slices"
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

// text cleans a text whatever the policy's levels say; nil if it cannot.
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

// Argv cleans a command line. The value after a flag that names a credential goes,
// whatever it is.
func (r *Redactor) Argv(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range args {
		if i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") && !strings.HasPrefix(arg, "--") &&
			r.names.Class([]byte(args[i-1])) != secret.Plain {
			out[i] = secret.Mark("argument", r.keys.fingerprint([]byte(arg)))
			continue
		}
		if name, value, ok := strings.Cut(arg, "="); ok && value != "" && r.names.Class([]byte(name)) != secret.Plain && !strings.ContainsAny(name, " ?&/:") {
			out[i] = name + "=" + secret.Mark("argument", r.keys.fingerprint([]byte(value)))
			continue
		}
		if i > 0 && (args[i-1] == "-u" || args[i-1] == "--user") {
			if user, pass, ok := strings.Cut(arg, ":"); ok && pass != "" {
				out[i] = user + ":" + secret.Mark("argument", r.keys.fingerprint([]byte(pass)))
				continue
			}
		}
		if flag, header, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(flag, "--") && strings.Contains(header, ":") {
			out[i] = flag + "=" + r.argument(header)
			continue
		}
		out[i] = r.argument(arg)
	}
	return out
}

// argument cleans one that stands alone: an address, a header, anything else.
func (r *Redactor) argument(arg string) string {
	if strings.Contains(arg, "://") {
		return r.address(arg)
	}
	if name, value, ok := strings.Cut(arg, ":"); ok && value != "" && r.names.Class([]byte(name)) != secret.Plain && !secret.Reference([]byte(strings.TrimSpace(value))) {
		return name + ":" + secret.Mark("argument", r.keys.fingerprint([]byte(value)))
	}
	return r.Text(arg)
}

// Path returns the path of an address. A part of it that looks like a key is one:
// hosted servers are called by addresses that are secrets.
func (r *Redactor) Path(s string) string {
	s, _, _ = strings.Cut(r.URL(s), "?")
	s, _, _ = strings.Cut(s, "#")
	return r.parts(s)
}

// address cleans a whole one like Path does, and keeps where it leads and its query.
func (r *Redactor) address(s string) string {
	s = r.URL(s)
	end := len(s)
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		end = i
	}
	host := strings.Index(s, "://") + len("://")
	if host > end {
		return s
	}
	path := strings.IndexByte(s[host:end], '/')
	if path < 0 {
		return s
	}
	return s[:host+path] + r.parts(s[host+path:end]) + s[end:]
}

func (r *Redactor) parts(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if secret.Random([]byte(part)) {
			parts[i] = secret.Mark("path", r.keys.fingerprint([]byte(part)))
		}
	}
	return strings.Join(parts, "/")
}

// URL cleans an address, also of the session ids that legacy servers put there.
func (r *Redactor) URL(s string) string {
	head, query, ok := strings.Cut(r.Text(s), "?")
	if !ok {
		return head
	}
	query, fragment, hasFragment := strings.Cut(query, "#")
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if value == "" || secret.IsMark([]byte(value)) {
			continue
		}
		if r.names.Class([]byte(name)) != secret.Plain || sessionName(name) {
			parts[i] = name + "=" + secret.Mark("parameter", r.keys.fingerprint([]byte(value)))
		}
	}
	s = head + "?" + strings.Join(parts, "&")
	if hasFragment {
		s += "#" + fragment
	}
	return s
}

func sessionName(name string) bool {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
	case "sessionid", "session", "sid", "code", "state":
		return true
	}
	return false
}

// Header returns what of a header may be recorded: nothing if it is a credential or
// the policy does not list it, its cleaned value otherwise.
func (r *Redactor) Header(name, value string) (string, bool) {
	if r.names.Class([]byte(name)) != secret.Plain {
		return "", false
	}
	for _, pattern := range r.policy.Headers {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); ok && err == nil {
			return r.Text(value), true
		}
	}
	return "", false
}
