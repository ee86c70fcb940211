package wire

import "time"

// Actions of a [CaseEdit].
const (
	CaseOpen    = "open"
	CaseRename  = "rename"
	CaseNote    = "note"
	CasePin     = "pin"
	CaseRetract = "retract"
	CaseClose   = "close"
	CaseReopen  = "reopen"
)

// CaseEdit is one thing that somebody did to a case. Edits are never changed; one
// that was a mistake is retracted by a later one.
type CaseEdit struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	Who    string    `json:"who"`
	Action string    `json:"action"`
	// Text is the title of open and rename, the words of a note, and what was
	// written beside a pin.
	Text string `json:"text"`
	// SessionID and Seq name what a pin holds: an operation by its first request, or
	// the whole session where Seq is null. At is a moment in it, null for none.
	SessionID string     `json:"session_id,omitempty"`
	Seq       *uint64    `json:"seq"`
	At        *time.Time `json:"at"`
	// Retracts is the edit that this one takes back.
	Retracts  string `json:"retracts,omitempty"`
	Retracted bool   `json:"retracted"`
}

// CaseSummary is a row of the list of cases.
type CaseSummary struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Closed bool      `json:"closed"`
	Opened time.Time `json:"opened"`
	// By opened it.
	By      string    `json:"by"`
	Changed time.Time `json:"changed"`
	Pins    uint64    `json:"pins"`
	Notes   uint64    `json:"notes"`
}

// Case is a case with everything that was done to it, oldest first.
type Case struct {
	CaseSummary
	Edits []CaseEdit `json:"edits"`
}

// NewCase is what opens a case.
type NewCase struct {
	Title string `json:"title" minLength:"1" maxLength:"200"`
}

// NewCaseEdit is what somebody asks to have done to a case.
type NewCaseEdit struct {
	Action    string     `json:"action" enum:"rename,note,pin,retract,close,reopen"`
	Text      string     `json:"text,omitempty" maxLength:"16000" doc:"Title, note, or words beside a pin."`
	SessionID string     `json:"session_id,omitempty" format:"uuid" doc:"Session of a pin."`
	Seq       *uint64    `json:"seq,omitempty" doc:"First request of the pinned operation; the whole session without it."`
	At        *time.Time `json:"at,omitempty" doc:"Pinned moment of the session."`
	Retracts  string     `json:"retracts,omitempty" format:"uuid" doc:"Edit to take back."`
}

// CaseExport is a case with the record of what is pinned in it.
type CaseExport struct {
	Case Case `json:"case"`
	// Exported is when, in UTC, and By by whom.
	Exported time.Time `json:"exported"`
	By       string    `json:"by"`
	// Evidence of each pin that stands: the event and its answers, or what is known
	// of the whole session.
	Evidence []CaseEvidence `json:"evidence"`
}

// CaseEvidence is what one pin holds.
type CaseEvidence struct {
	Pin     string         `json:"pin"`
	Session SessionSummary `json:"session"`
	Events  []Event        `json:"events"`
}
