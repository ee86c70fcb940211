package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
)

// Session is what redaction keeps of the earlier messages of one session: what people
// entered, to cut it wherever a later message repeats it, and the ends of texts, since a
// secret may go on in the next message. It is bounded to some 20 KiB, in memory only, and
// owned by the goroutine that redacts the session. The zero value is ready.
type Session struct {
	answers [][]byte
	tails   tails
}

const (
	// maxAnswers are kept, the newest, each of at most maxAnswer bytes: 16 KiB a session.
	maxAnswers, maxAnswer = 64, 256
	// minAnswer is the shortest, in bytes, whose repetition is no coincidence.
	minAnswer = 6
)

// enter keeps a copy of what a person entered. Plain words are not kept: they occur in any
// message, and cutting them would cut the record to pieces.
func (s *Session) enter(value []byte) {
	value = bytes.TrimSpace(value)
	if s == nil || len(value) < minAnswer || len(value) > maxAnswer || word(value) {
		return
	}
	for _, known := range s.answers {
		if bytes.Equal(known, value) {
			return
		}
	}
	if len(s.answers) >= maxAnswers {
		s.answers = append(s.answers[:0], s.answers[1:]...)
	}
	s.answers = append(s.answers, bytes.Clone(value))
}

// collectAnswers keeps what a person entered in a message of which no body is stored:
// later messages that repeat it may be stored.
func (r *Redactor) collectAnswers(in *Input) {
	if in.Session == nil || in.Direction == schema.ServerToClient || len(in.Body.Data) > r.policy.Limits.Size ||
		in.Method != "elicitation/create" && !bytes.Contains(in.Body.Data, []byte("inputResponses")) {
		return
	}
	defer func() {
		if recover() != nil {
			r.discard()
		}
	}()
	_, _, _ = r.clean(in) // only its effect on the session is wanted
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
func (w *texts) repeated(text []byte, from int, origin func(int) int) {
	if w.in.Session == nil {
		return
	}
	for _, value := range w.in.Session.answers {
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
