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
	const secret = `(?:token|secret|passw|passphrase|pwd|apikey|[-_?&]key|authorization|credential|cookie)`
	var (
		flag  = regexp.MustCompile(`(?i)^--?(?:[\w.-]*` + secret + `[\w.-]*|p|pat|auth|pass|pw|bearer|jwt|creds?)$`)
		file  = regexp.MustCompile(`(?i)[-_.](?:file|path|dir|name|id|ttl|type)$`)
		plain = regexp.MustCompile(`^[\d:./-]*$`)
		short = regexp.MustCompile(`^-p[^-=/.\s]*\d[^/\s]*$`)
		login = regexp.MustCompile(`(://)[^/?#\s]+@`)
		inner = regexp.MustCompile(`(?i)(\s--?[\w.-]*` + secret + `[\w.-]*\s+)[^-\s]\S*`)
		named = regexp.MustCompile(`(?i)(` + secret + `[\w.-]*["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"|[^&]+)`)
		shape = regexp.MustCompile(`(?i:bearer)\s+\S+|\b(?:sk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA|eyJ)[\w.-]{8,}`)
	)
	out := make([]string, len(command))
	for i, arg := range command {
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
