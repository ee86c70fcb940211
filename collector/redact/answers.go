package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
)

// Answers holds what people entered into the elicitations of one session, so that it is
// cut wherever a later message repeats it, which servers commonly do. It is owned by the
// goroutine that redacts the session. The zero value is ready.
type Answers struct{ values [][]byte }

const (
	// maxAnswers are kept, the newest, each of at most maxAnswer bytes: 16 KiB a session.
	maxAnswers, maxAnswer = 64, 256
	// minAnswer is the shortest, in bytes, whose repetition is no coincidence.
	minAnswer = 6
)

// add keeps a copy of a value. Plain words are not kept: they occur in any message, and
// cutting them would cut the record to pieces.
func (a *Answers) add(value []byte) {
	value = bytes.TrimSpace(value)
	if a == nil || len(value) < minAnswer || len(value) > maxAnswer || word(value) {
		return
	}
	for _, known := range a.values {
		if bytes.Equal(known, value) {
			return
		}
	}
	if len(a.values) >= maxAnswers {
		a.values = append(a.values[:0], a.values[1:]...)
	}
	a.values = append(a.values, bytes.Clone(value))
}

// collectAnswers keeps what a person entered in a message of which no body is stored:
// later messages that repeat it may be stored.
func (r *Redactor) collectAnswers(in *Input) {
	if in.Answers == nil || in.Direction == schema.ServerToClient || len(in.Body.Data) > r.policy.Limits.Size ||
		in.Method != "elicitation/create" && !bytes.Contains(in.Body.Data, []byte("inputResponses")) {
		return
	}
	defer func() {
		if recover() != nil {
			r.walking = walk{}
		}
	}()
	_, _, _ = r.clean(in) // only its effect on Answers is wanted
}

func word(value []byte) bool {
	for _, c := range value {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// repeated cuts earlier answers of the session. It costs one pass over text for each of
// them, which the budget covers.
func (w *walk) repeated(text []byte, from int, origin func(int) int) {
	if w.in.Answers == nil {
		return
	}
	for _, value := range w.in.Answers.values {
		w.budget.Spend(len(text) / 8)
		for at := 0; w.withheld == ""; {
			i := bytes.Index(text[at:], value)
			if i < 0 {
				break
			}
			at += i
			w.addCut(from+origin(at), from+origin(at+len(value)), "elicitation-answer", value)
			at += len(value)
		}
	}
}
