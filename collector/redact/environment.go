package redact

import "bytes"

// environment cuts the values of a list of environment variables, as get-env tools
// and the env command print it: only names are kept. A text is such a list if it has PATH
// and HOME and at least four lines of five are assignments; a shell script is not.
//
// from is where text begins in the message, and origin gives the place there for one in
// text, which can be a decoded string and shorter than its bytes there.
func (w *texts) environment(text []byte, from int, origin func(int) int) {
	if !bytes.Contains(text, []byte("PATH")) || !bytes.Contains(text, []byte("HOME")) && !bytes.Contains(text, []byte("USERPROFILE")) {
		return
	}
	// The text is read twice: once to recognise it, once to cut.
	w.budget.Spend(2 * len(text))
	// One line of JSON holds all variables: it is cut as a whole, names too.
	if text[0] == '{' && bytes.IndexByte(text, '\n') < 0 && bytes.Contains(text, []byte(`"PATH":`)) {
		w.addCut(from, from+origin(len(text)), "environment", text)
		return
	}
	lines, variables, known := 0, 0, 0
	for at := 0; at < len(text); {
		line := lineAt(text, at)
		if len(bytes.TrimSpace(line)) > 1 {
			lines++
		}
		if name, value := variable(line); value != nil {
			variables++
			switch string(name) {
			case "PATH", "HOME", "PWD", "USER", "SHELL", "LANG", "TERM", "HOSTNAME", "LOGNAME", "Path", "USERPROFILE", "TEMP", "TMPDIR":
				known++
			}
		}
		at += len(line) + 1
	}
	// PATH alone is in many scripts; two of these names with values, in a text of hardly
	// anything but assignments, are not.
	if known < 2 || variables*5 < lines*4 || variables < 4 {
		return
	}
	for at := 0; at < len(text) && w.withheld == ""; {
		line := lineAt(text, at)
		if _, value := variable(line); len(value) > 0 {
			// The value ends the line but for what JSON puts behind it, so its last
			// occurrence is the value and not a part of the name.
			start := at + bytes.LastIndex(line, value)
			w.addCut(from+origin(start), from+origin(start+len(value)), "environment", value)
		}
		at += len(line) + 1
	}
}

func lineAt(text []byte, at int) []byte {
	if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
		return text[at : at+n]
	}
	return text[at:]
}

// variable reads NAME=value, and "NAME": "value" as JSON prints it; value is nil
// where the line is neither.
func variable(line []byte) (name, value []byte) {
	if quoted, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte{'"'}); ok {
		name, value, ok = bytes.Cut(quoted, []byte(`": "`))
		if !ok || !variableName(name) {
			return nil, nil
		}
		return name, bytes.TrimSuffix(bytes.TrimSuffix(value, []byte(",")), []byte{'"'})
	}
	name, value, ok := bytes.Cut(bytes.TrimRight(line, "\r"), []byte("="))
	if !ok || !variableName(name) {
		return nil, nil
	}
	return name, value
}

// It is a name as POSIX has it, in either case; no digit begins it.
func variableName(name []byte) bool {
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(name) > 0
}
