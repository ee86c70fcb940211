package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/query"
)

// Session is what joining depends on of one session.
type Session struct {
	ID             string
	Started, Ended time.Time
	Upstream, Peer string
	Client         query.Peer
}

// Key is a correlation key as one session carried it.
type Key struct {
	Session, Name, Value, Place string
	// Actor that carried it: [schema.Principal.Holder].
	Actor             string
	FirstSeq, LastSeq uint64
	First, Last       time.Time
}

// AgentKey is the name of the key that every session has for each actor active in it.
const AgentKey = "agent"

// Trail is the workflow of one agent: sessions, or parts of them, that belong together.
type Trail struct {
	// ID is "t-" and the id of its first member; it changes when an older session
	// turns out to belong to it, and any member's id finds it.
	ID string `json:"id"`
	// Name that a person gave it, empty for none.
	Name string `json:"name"`
	// Started and Ended bound its members, in UTC.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Confidence of the weakest join that it needs; exact where it is one session.
	Confidence Confidence `json:"confidence"`
	// Members in the order in which they began.
	Members []Member `json:"members"`
	// Joins are all that holds it together, also where one of them would do.
	Joins []Join `json:"joins"`
	// Conflicts are joins that were not made, and what speaks against those that were.
	Conflicts []Conflict `json:"conflicts"`
	// Edits by people that bear on it, oldest first.
	Edits []Edit `json:"edits"`
	// Truncated says that more sessions belong to it than are read.
	Truncated bool `json:"truncated"`
}

// Member of a trail: a session, or that part of one that carries a key.
type Member struct {
	// ID is the session's id; that of a part has a dot and 8 digits behind it.
	ID        string `json:"id"`
	SessionID string `json:"session_id"`
	// Part is null where the whole session belongs to the trail. Otherwise these are
	// the operations that carry the key, and those that carry no value of it.
	Part    *Part     `json:"part"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// Part of a session in which several conversations met.
type Part struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Join is a reason why two members belong together.
type Join struct {
	A string `json:"a"`
	B string `json:"b"`
	// Rule is the key's name, the name of a time rule, or "manual".
	Rule       string     `json:"rule"`
	Confidence Confidence `json:"confidence"`
	Strength   int        `json:"strength"`
	// Key and Value that both carry; empty where the rule needs none.
	Key   string `json:"key"`
	Value string `json:"value"`
	// Actor that carried it in both, see [Key.Actor].
	Actor string `json:"holder"`
	// Evidence is where each of them carries it; null where the rule needs no key.
	EvidenceA *Evidence `json:"evidence_a"`
	EvidenceB *Evidence `json:"evidence_b"`
	// Why in one sentence.
	Why string `json:"why"`
}

// Evidence is the event of a session in which a key was first seen.
type Evidence struct {
	SessionID string    `json:"session_id"`
	Seq       uint64    `json:"seq"`
	Time      time.Time `json:"time"`
	// Place is meta, header, env, baggage, params.
	Place string `json:"place"`
}

// Conflict is evidence against a join, whether that was made or not.
type Conflict struct {
	// Kind is one of the words that begin with Conflict.
	Kind string `json:"kind"`
	// Rule that would have joined, or that speaks against a join.
	Rule  string `json:"rule"`
	Key   string `json:"key"`
	Value string `json:"value"`
	// Members and sessions that it is about, at most a few; those of other trails too.
	Members []string `json:"members"`
	// Joined says whether they are in one trail all the same.
	Joined bool   `json:"joined"`
	Why    string `json:"why"`
}

// Kinds of a [Conflict].
const (
	// ConflictPrincipal: another principal carries the same key.
	ConflictPrincipal = "other_principal"
	// ConflictCommon: so many sessions carry the key that it names nothing.
	ConflictCommon = "too_common"
	// ConflictApart: a person said that they do not belong together.
	ConflictApart = "kept_apart"
	// ConflictAmbiguous: there may be two agents, so time joins nothing.
	ConflictAmbiguous = "ambiguous"
	// ConflictValue: a key of conversations has different values in what was joined.
	ConflictValue = "different_value"
)

// Edit is a person's decision about trails.
type Edit struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	Who  string    `json:"who"`
	// Action is merge, split, name or undo.
	Action string `json:"action"`
	// Members that it is about. A split keeps them apart from Others.
	Members []string `json:"members"`
	Others  []string `json:"others"`
	Name    string   `json:"name"`
	Why     string   `json:"why"`
	// Undoes is the id of an earlier edit, empty for none.
	Undoes string `json:"undoes"`
}

// Actions of an [Edit].
const (
	Merge = "merge"
	Split = "split"
	Name  = "name"
	Undo  = "undo"
)

// partID names a part of a session.
func partID(session, key, value string) string {
	sum := sha256.Sum256([]byte(key + "\x00" + value))
	return session + "." + hex.EncodeToString(sum[:4])
}

// SessionOf returns the session of a member's id or of a trail's.
func SessionOf(id string) string {
	id, _, _ = strings.Cut(strings.TrimPrefix(id, "t-"), ".")
	return id
}
