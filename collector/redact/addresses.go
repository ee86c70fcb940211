package redact

import (
	"bytes"
	"strings"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// Path returns the path of an address. A random part of it is a credential:
// hosted servers are called by addresses that are secrets.
func (r *Redactor) Path(s string) string {
	s, _, _ = strings.Cut(r.URL(s), "?")
	s, _, _ = strings.Cut(s, "#")
	return r.parts(s)
}

// address cleans a whole one like Path does, and keeps where it leads and its query.
//
// An address without a path, or without a host, is only cleaned like a URL.
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

// parts cuts random ones only: a word that people chose names a resource, and a timeline is
// read by it.
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
//
// Text comes first, on the whole: a user with a password and known forms of keys are found
// only where the address is in one piece.
func (r *Redactor) URL(s string) string {
	head, query, ok := strings.Cut(r.Text(s), "?")
	if !ok {
		return head
	}
	query, fragment, hasFragment := strings.Cut(query, "#")
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		// A mark stays as it is, so that cleaning what is stored changes nothing.
		if value == "" || secret.IsMark([]byte(value)) {
			continue
		}
		if r.names.Class([]byte(name)) > secret.Weak || sessionName(name) {
			parts[i] = name + "=" + secret.Mark("parameter", r.keys.fingerprint([]byte(value)))
		}
	}
	s = head + "?" + strings.Join(parts, "&")
	if hasFragment {
		s += "#" + fragment
	}
	return s
}

// sessionName takes the ids that HTTP+SSE servers (MCP 2024-11-05) put into the address to
// post to, and the code and state of OAuth.
func sessionName(name string) bool {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
	case "sessionid", "session", "sid", "code", "state":
		return true
	}
	return false
}

// cutAddress keeps scheme and host of a URL and cuts the rest, which can be a one-time
// token. Where there is a user before the host, the whole address is cut.
//
// URL mode of elicitation (MCP 2025-11-25) sends such addresses: to a page where the user
// signs in or pays.
func (w *edits) cutAddress(from, to int) {
	raw := w.data[from:to]
	host := 0
	if i := bytes.Index(raw, []byte("//")); i >= 0 {
		host = i + 2
		// The bytes are those of a JSON string, which may write a slash as \/.
		if n := bytes.IndexAny(raw[host:], "/?#\\"); n >= 0 {
			host += n + 1
		} else {
			host = len(raw)
		}
	}
	if bytes.IndexByte(raw[:host], '@') >= 0 {
		host = 0
	}
	if rest := raw[host:]; len(rest) > 0 {
		w.addCut(from+host, to, "elicitation-url", rest)
	}
}
