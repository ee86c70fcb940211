package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
)

// Answers remembers what people entered in one session, so that it is cut where it is
// said again: servers like to repeat it. The zero value is ready.
type Answers struct{ values [][]byte }

const (
	// maxAnswers are remembered, the newest, each of at most maxAnswer bytes.
	maxAnswers, maxAnswer = 64, 256
	// minAnswer is the shortest that is no accident where it stands again.
	minAnswer = 6
)

// add remembers a value, unless it is a plain word, which is said by anybody.
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

// learn remembers what a person entered in a message of which no body is stored.
func (r *Redactor) learn(in *Input) {
	if in.Answers == nil || in.Direction == schema.ServerToClient || len(in.Body.Data) > r.policy.Limits.Size ||
		in.Method != "elicitation/create" && !bytes.Contains(in.Body.Data, []byte("inputResponses")) {
		return
	}
	defer func() {
		if recover() != nil {
			r.walking = walk{}
		}
	}()
	_, _, _ = r.clean(in) // what it cuts is not stored either
}

func word(value []byte) bool {
	for _, c := range value {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// repeated cuts what was entered before.
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
