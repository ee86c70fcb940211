package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// list is what the elements of an array that is open say of the next one.
type list struct {
	// program that the elements are arguments of, by a member beside the array.
	program []byte
	// named is the class of the element before, where it is the name of a credential: of a
	// header in a list of names and values, of a pair.
	named secret.Class
	// plain is what the array implies for any element, child for one of them.
	plain, child valueContext
	// columns are the classes of its elements, where it is a row of a table.
	columns []secret.Class
	// flag: that element begins with a dash.
	flag bool
	// flags: some element does.
	flags bool
}

// begin prepares what an array implies for its elements.
func (l *list) begin(a *valueContext) {
	if a.object != nil {
		l.program = a.object.program
	}
	l.plain = valueContext{class: a.class, action: a.action, all: a.all, mcp: a.mcp.element(), item: 1}
	if a.rows == 2 {
		l.plain.table, l.plain.rows = a.table, 1
	}
	if a.rows == 1 {
		l.columns = a.table.columns
	}
}

// element is what the array and the elements before imply for element n. The result holds
// until the next call.
func (l *list) element(n int) *valueContext {
	if l.named <= secret.Weak && n >= len(l.columns) {
		return &l.plain
	}
	child := &l.child
	*child = l.plain
	if n < len(l.columns) && l.columns[n] > secret.Weak {
		child.class, child.paired = max(child.class, l.columns[n]), true
	}
	if l.named > secret.Weak && child.class <= secret.Weak {
		child.class, child.paired, child.listed = l.named, true, !l.flag
		if l.flag && child.class < secret.Password {
			child.class = secret.Password
		}
	}
	return child
}

// observe notes what the element at data[at:w.pos] says of the next one.
func (l *list) observe(w *walk, at, n int) {
	value := w.data[at:w.pos]
	paired := l.named > secret.Weak && !l.flag // a value names nothing
	l.named, l.flag = secret.Plain, false
	if len(value) < 4 || len(value) > maxName || value[0] != '"' {
		return
	}
	text := value[1 : len(value)-1]
	if l.flag = text[0] == '-'; l.flag {
		l.flags = true
	}
	if !paired || l.flag {
		l.named = w.r.engine.Class(text)
	}
}

// maxArguments is how many elements of an array are read as one command line.
const maxArguments = 256

// arguments cuts the credentials of the strings since items[base:], where they are the
// arguments of a program. The walk's path stands at the array.
func (w *walk) arguments(base int, l *list) {
	items := w.items[base:]
	if !l.flags && l.program == nil || len(items) < 1 || len(items) > maxArguments {
		return
	}
	var args [][]byte
	var all []byte
	for _, it := range items {
		if it.to-it.from > maxArgument {
			return
		}
		at := len(all)
		all = append(all, w.decode(it.from, it.to)...)
		args = append(args, all[at:len(all):len(all)])
	}
	w.budget.Spend(2 * len(all))
	for _, f := range w.r.engine.Arguments(l.program, args) {
		w.cutPart(items[f.Index], f.From, f.To, "argument", bytes.Clone(args[f.Index][f.From:f.To]))
	}
}

// maxArgument is the longest argument of a command line that is read as one, in bytes.
const maxArgument = 4 << 10
