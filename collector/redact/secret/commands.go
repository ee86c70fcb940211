package secret

import (
	"bytes"
	_ "embed"
)

//go:embed commands.tsv
var commandsTable []byte

// argumentRule is how one program takes a credential.
type argumentRule struct{ flag, form string }

// commands are the rules by the program's name.
type commands map[string][]argumentRule

func newCommands() commands {
	all := commands{}
	for _, row := range table(commandsTable, 4) {
		all[row[0]] = append(all[row[0]], argumentRule{row[1], row[2]})
	}
	return all
}

// Argument is a credential in one argument of a command line.
type Argument struct {
	// Index of the argument, and From and To in it.
	Index, From, To int
}

// Arguments finds the credentials of a command line by its flags. program is the
// command's name where it is known and no argument, else empty.
func (e *Engine) Arguments(program []byte, args [][]byte) (found []Argument) {
	c := commandLine{Engine: e, args: args}
	c.rules = e.commands[base(program)]
	for i := 0; i < min(len(args), 4) && c.rules == nil; i++ {
		c.rules = e.commands[base(args[i])]
	}
	for i := range args {
		c.argument(i)
	}
	return c.found
}

// base returns the name of a program, without its folder and its extension.
func base(program []byte) string {
	if i := bytes.LastIndexAny(program, `/\`); i >= 0 {
		program = program[i+1:]
	}
	if len(program) > 24 {
		return ""
	}
	return string(bytes.TrimSuffix(program, []byte(".exe")))
}

// commandLine is one command line while its arguments are read.
type commandLine struct {
	*Engine
	args  [][]byte
	rules []argumentRule
	found []Argument
}

func (c *commandLine) add(i, from, to int) {
	if v := c.args[i]; from < to && !isMark(v[from:to]) && !placeholder(v[from:to]) && !shellCode(v[from:to]) && v[from] != '<' && !referringHeader(v[from:to]) {
		c.found = append(c.found, Argument{i, from, to})
	}
}

// referringHeader reports whether a value is a scheme and a variable: Bearer $TOKEN.
func referringHeader(v []byte) bool {
	i := bytes.IndexByte(v, ' ')
	return i > 0 && schemeName(v[:i]) && placeholder(v[i+1:])
}

// argument decides on one argument and the one behind it.
func (c *commandLine) argument(i int) {
	arg := c.args[i]
	if len(arg) == 0 || len(arg) > maxValue {
		return
	}
	for _, r := range c.rules {
		if c.rule(i, r) {
			return
		}
	}
	flag := arg[0] == '-' || arg[0] == '/' && len(arg) < 32
	if at := bytes.IndexAny(arg, "=:"); at > 0 && at < maxName && (arg[at] == '=' || flag || i > 0 && isHeaderFlag(c.args[i-1])) {
		if name := arg[:at]; c.named(bytes.TrimLeft(name, "-/")) && !bytes.ContainsAny(name, " ?&") && len(arg) > at+1 {
			from, to := trimSpan(arg, at+1, len(arg), " \"'")
			c.add(i, from, to)
			return
		}
	}
	if !flag || i+1 >= len(c.args) || bytes.IndexByte(arg, '=') >= 0 {
		return
	}
	value := c.args[i+1]
	switch {
	case c.named(bytes.TrimLeft(arg, "-/")):
		if len(value) > 0 && !bytes.HasPrefix(value, []byte("--")) && (value[0] != '-' || tokenLike(value)) {
			c.add(i+1, 0, len(value))
		}
	case len(arg) == 2 && bytes.IndexByte([]byte("pPwWa"), arg[1]) >= 0 && (passwordLike(value) || c.signedIn() && weakPassword(value)):
		c.add(i+1, 0, len(value))
	case string(arg) == "-u" || string(arg) == "--user":
		c.behind(i+1, ':')
	}
	if len(arg) > 9 && arg[0] == '-' && (arg[1] == 'p' || arg[1] == 'P') && arg[1] != '-' && passwordLike(arg[2:]) && c.signedIn() {
		c.add(i, 2, len(arg))
	}
}

// named reports whether a flag's or a variable's name is a credential's.
func (c *commandLine) named(name []byte) bool {
	if class := c.Class(name); class >= Token && class != Identity {
		return len(name) > 1
	}
	return false
}

func isHeaderFlag(arg []byte) bool { return string(arg) == "-H" || string(arg) == "--header" }

// signedIn reports whether another flag of the command line gives a user's name.
func (c *commandLine) signedIn() bool {
	for _, arg := range c.args {
		if s := string(arg); s == "-u" || s == "-U" || s == "--user" || s == "--username" || s == "-l" || s == "--login" || s == "-user" ||
			len(arg) > 2 && (arg[0] == '-' && arg[1] == 'u' || bytes.HasPrefix(arg, []byte("--user"))) {
			return true
		}
	}
	return false
}

// weakPassword is less than passwordLike: where a user's name is given as well.
func weakPassword(v []byte) bool {
	digits, letters, others := count(v)
	return len(v) >= 4 && letters > 0 && (digits > 0 || others > 0) && !pathLike(v) && !placeholder(v) && v[0] != '-'
}

// rule applies the rule of a program, and reports whether the argument was its flag.
func (c *commandLine) rule(i int, r argumentRule) bool {
	arg := c.args[i]
	next := i+1 < len(c.args) && (len(c.args[i+1]) > 0)
	switch r.form {
	case "last":
		if i == len(c.args)-1 && i > 1 && (r.flag == "-" || c.has(r.flag)) {
			c.add(i, 0, len(arg))
			return true
		}
		return false
	case "user/":
		if i > 0 && arg[0] != '-' {
			c.behind(i, '/')
		}
		return false
	case "netuse":
		if i > 2 && string(c.args[1]) == "use" && arg[0] != '/' && arg[0] != '\\' && len(arg) > 3 && passwordOrWord(arg) {
			c.add(i, 0, len(arg))
		}
		return false
	}
	if r.form == "attached" || r.form == "either" {
		if len(arg) > len(r.flag)+2 && bytes.HasPrefix(arg, []byte(r.flag)) && arg[1] != '-' && !longFlag(arg, r.flag) {
			from, to := trimSpan(arg, len(r.flag), len(arg), "\"'=")
			c.add(i, from, to)
			return true
		}
	}
	if value, ok := bytes.CutPrefix(arg, []byte(r.flag)); ok && len(value) > 1 && (value[0] == '=' || value[0] == ':') && r.form == "next" {
		c.add(i, len(r.flag)+1, len(arg))
		return true
	}
	if string(arg) != r.flag || !next || r.form == "attached" {
		return false
	}
	value := c.args[i+1]
	switch r.form {
	case "login":
		if c.has("login") && value[0] != '-' {
			c.add(i+1, 0, len(value))
		}
	case "either":
		if value[0] != '-' && (r.flag != "-p" || weakPassword(value)) {
			c.add(i+1, 0, len(value))
		}
	case "user:", "user%", "user,":
		c.behind(i+1, r.form[4])
	case "pass:":
		if secret, ok := bytes.CutPrefix(value, []byte("pass:")); ok {
			c.add(i+1, len(value)-len(secret), len(value))
		}
	case "name=":
		return false // its argument is read by itself
	case "cookie":
		if at := bytes.IndexByte(value, '='); at > 0 {
			c.add(i+1, at+1, len(value))
		}
	default:
		if value[0] != '-' || tokenLike(value) {
			c.add(i+1, 0, len(value))
		}
	}
	return true
}

func passwordOrWord(v []byte) bool {
	digits, _, others := count(v)
	return digits > 0 || others > 0
}

// longFlag reports whether an argument that begins with a short flag is a word of its own:
// -port, -print.
func longFlag(arg []byte, flag string) bool {
	digits, _, others := count(arg[len(flag):])
	return digits == 0 && others == 0 && wordy(arg[len(flag):]) && knownFlags[string(arg[1:])]
}

var knownFlags = words("port path print prefix prune parents password pass passwd proxy protocol plan profile project platform pipe process progress pretty")

func (c *commandLine) has(word string) bool {
	for _, arg := range c.args {
		if string(arg) == word {
			return true
		}
	}
	return false
}

// behind takes what stands behind the sign of USER:PASSWORD.
func (c *commandLine) behind(i int, sign byte) {
	v := c.args[i]
	at := bytes.IndexByte(v, sign)
	if at < 1 || at+2 >= len(v) {
		return
	}
	from, to := trimSpan(v, at+1, len(v), "\"'\\")
	if sign == '/' {
		if host := bytes.LastIndexByte(v, '@'); host > from {
			to = host
		} else if !passwordLike(v[from:to]) {
			return
		}
	}
	if secret := v[from:to]; len(secret) > 2 && !port(secret) && bytes.IndexByte(secret, ':') < 0 && (sign == '/' || bytes.IndexByte(secret, '/') < 0 || strong(secret)) {
		c.add(i, from, to)
	}
}

// maxCommand is the longest command line that is read, in bytes, and maxWords how many
// arguments of it.
const maxCommand, maxWords = 1024, 64

// command reads the command line whose program or flag stands at text[at:].
func command(s *scan, at int, m *matcher) {
	text := s.text
	if at < s.commandEnd {
		return
	}
	from := at
	if m.anchor[0] == ' ' { // a flag: the command begins before it
		for from > 0 && at-from < 256 && bytes.IndexByte([]byte("\n\r;|&(`"), text[from-1]) < 0 {
			from--
		}
		from = max(from, s.commandEnd)
	} else if at > 0 && (isNameByte(text[at-1]) || text[at-1] == '@') {
		return // the end of another word
	}
	if line := text[from:lineEnd(text, from, maxCommand)]; !bytes.Contains(line, []byte(" -")) && !bytes.Contains(line, []byte(" /")) && bytes.IndexByte(line, '@') < 0 &&
		!bytes.HasPrefix(line, []byte("wpa_")) {
		return // no argument, and no user
	}
	var words [maxWords]shellWord
	n, end := shellWords(text, from, words[:])
	s.budget.Spend(end - from)
	s.commandEnd = end
	if n < 2 {
		return
	}
	var args [maxWords][]byte
	for i, w := range words[:n] {
		args[i] = text[w.from:w.to]
	}
	for _, f := range s.Arguments(nil, args[:n]) {
		if f.Index > 0 && words[f.Index].from-words[f.Index-1].to > 2 && plainWords(args[f.Index]) {
			continue // a flag and what a help text says about it
		}
		s.add(words[f.Index].from+f.From, words[f.Index].from+f.To, m.rule)
	}
}

// shellWord is an argument of a command line, without its quotes.
type shellWord struct{ from, to int }

// shellWords parts the command line at text[from:] into words, and returns how many there
// are and where it ends.
func shellWords(text []byte, from int, words []shellWord) (n, end int) {
	limit := min(len(text), from+maxCommand)
	i := from
	for n < len(words) {
		for i < limit && (isBlank(text[i]) || text[i] == '\\' && i+1 < limit && (text[i+1] == '\n' || text[i+1] == '\r')) {
			if text[i] == '\\' {
				i++
				for i < limit && (text[i] == '\r' || text[i] == '\n') {
					i++
				}
				continue
			}
			i++
		}
		if i >= limit || bytes.IndexByte([]byte("\n\r;|&)`"), text[i]) >= 0 {
			break
		}
		start := i
		var quote byte
		for i < limit {
			c := text[i]
			if quote == 0 && (c == '"' || c == '\'') {
				quote = c
			} else if quote != 0 && c == quote {
				quote = 0
			} else if c == '\n' || c == '\r' || quote == 0 && (isBlank(c) || c == ';' || c == '|' || c == '&' || c == '`' || c == ')') {
				break
			}
			i++
		}
		f, t := start, i
		if t-f >= 2 && (text[f] == '"' || text[f] == '\'') && text[t-1] == text[f] {
			f, t = f+1, t-1
		}
		words[n] = shellWord{f, t}
		n++
	}
	return n, i
}
