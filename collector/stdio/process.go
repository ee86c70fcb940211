package stdio

import (
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// describe returns what the record keeps of what was started: of the environment the
// names only, since values may be secrets, and of the command what is no secret.
//
// The child runs already, and its first bytes wait for this: nothing here may take long.
func describe(config Config, pid int) *observe.Process {
	p := &observe.Process{Command: redact(config.Command), PID: pid}
	for _, pair := range config.Env {
		if name, _, _ := strings.Cut(pair, "="); name != "" {
			p.Env = append(p.Env, name)
		}
	}
	slices.Sort(p.Env)
	p.Env = slices.Compact(p.Env)
	// What the system has no answer to stays empty.
	p.Dir, _ = os.Getwd()
	p.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		p.User = u.Username
	}
	if config.EnvKeys != nil {
		p.Keys = config.EnvKeys(config.Env)
	}
	return p
}

// redacted stands for what was taken out of a command.
const redacted = "[redacted]"

// redact takes the obvious secrets out of a command line: the value after a name
// that sounds secret, the user part of a URL, and well-known shapes of tokens. It
// rather takes too much.
func redact(command []string) []string {
	// Compiled at the call: a process describes one command.
	const secret = `(?:token|secret|passw|passphrase|pwd|apikey|[-_?&]key|authorization|credential|cookie)`
	var (
		// A flag whose next argument is the secret: --token X, -p X.
		flag = regexp.MustCompile(`(?i)^--?(?:[\w.-]*` + secret + `[\w.-]*|p|pat|auth|pass|pw|bearer|jwt|creds?)$`)
		// Not if the flag names a file or an attribute of the secret.
		file = regexp.MustCompile(`(?i)[-_.](?:file|path|dir|name|id|ttl|type)$`)
		// Nor if the argument is a port, a version or a path of digits.
		plain = regexp.MustCompile(`^[\d:./-]*$`)
		// The flag and its secret in one word, as mysql has it: -pX. A digit distinguishes it
		// from words such as -print.
		short = regexp.MustCompile(`^-p[^-=/.\s]*\d[^/\s]*$`)
		login = regexp.MustCompile(`(://)[^/?#\s]+@`)
		// A flag and its value inside one argument, as behind sh -c.
		inner = regexp.MustCompile(`(?i)(\s--?[\w.-]*` + secret + `[\w.-]*\s+)[^-\s]\S*`)
		// NAME=VALUE and "NAME": VALUE, to the end of the argument or to the next parameter
		// of a URL.
		named = regexp.MustCompile(`(?i)(` + secret + `[\w.-]*["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"|[^&]+)`)
		// Tokens that are known by their beginning, wherever they stand.
		shape = regexp.MustCompile(`(?i:bearer)\s+\S+|\b(?:sk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA|eyJ)[\w.-]{8,}`)
	)
	out := make([]string, len(command))
	for i, arg := range command {
		// The program's name is no flag, so the first value stands at 2.
		if i > 1 && flag.MatchString(command[i-1]) && !file.MatchString(command[i-1]) &&
			!strings.HasPrefix(arg, "--") && !plain.MatchString(arg) {
			out[i] = redacted
			continue
		}
		if short.MatchString(arg) && !plain.MatchString(arg[2:]) {
			out[i] = "-p" + redacted
			continue
		}
		arg = login.ReplaceAllString(arg, "${1}"+redacted+"@")
		arg = inner.ReplaceAllString(arg, "${1}"+redacted)
		arg = named.ReplaceAllString(arg, "${1}"+redacted)
		out[i] = shape.ReplaceAllString(arg, redacted)
	}
	return out
}
