package redact

import (
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// Argv cleans a command line. The value after a flag that names a credential goes,
// whatever it is.
//
// Arguments are cleaned one by one, with the one before each: joined, a quote or a space in
// one would change how the others are read. args is not changed.
func (r *Redactor) Argv(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range args {
		// The next flag is no value; a value with one dash at its beginning is.
		if i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") && !strings.HasPrefix(arg, "--") &&
			r.names.Class([]byte(args[i-1])) > secret.Weak {
			out[i] = secret.Mark("argument", r.keys.fingerprint([]byte(arg)))
			continue
		}
		// NAME=VALUE and --name=VALUE. A name with these characters is an address or a
		// header with a = in it, which the cases below know better.
		if name, value, ok := strings.Cut(arg, "="); ok && value != "" && r.names.Class([]byte(name)) > secret.Weak && !strings.ContainsAny(name, " ?&/:") {
			out[i] = name + "=" + secret.Mark("argument", r.keys.fingerprint([]byte(value)))
			continue
		}
		// curl's user:password; the user says who acts, and stays.
		if i > 0 && (args[i-1] == "-u" || args[i-1] == "--user") {
			if user, pass, ok := strings.Cut(arg, ":"); ok && pass != "" {
				out[i] = user + ":" + secret.Mark("argument", r.keys.fingerprint([]byte(pass)))
				continue
			}
		}
		// --header=Name: value.
		if flag, header, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(flag, "--") && strings.Contains(header, ":") {
			out[i] = flag + "=" + r.argument(header)
			continue
		}
		out[i] = r.argument(arg)
	}
	return out
}

// argument cleans one that stands alone: an address, a header, anything else.
//
// A reference, such as ${TOKEN}, is kept: it names a secret and holds none.
func (r *Redactor) argument(arg string) string {
	if strings.Contains(arg, "://") {
		return r.address(arg)
	}
	if name, value, ok := strings.Cut(arg, ":"); ok && value != "" && r.names.Class([]byte(name)) > secret.Weak && !secret.Reference([]byte(strings.TrimSpace(value))) {
		return name + ":" + secret.Mark("argument", r.keys.fingerprint([]byte(value)))
	}
	return r.Text(arg)
}
