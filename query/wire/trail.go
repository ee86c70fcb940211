package wire

import (
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/trail"
)

// TrailSummary is a row of the list of trails: what its sessions say together.
type TrailSummary struct {
	// ID is "t-" and the id of the first session; every session's id finds the trail.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Started and Ended are in UTC.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Confidence of the weakest join that holds it together: exact, reported, derived
	// or inferred.
	Confidence trail.Confidence `json:"confidence"`
	Sessions   int              `json:"sessions"`
	// Events, Operations, Errors and ToolCalls are those of its sessions as wholes.
	Events     uint64 `json:"events"`
	Operations uint64 `json:"operations"`
	Errors     uint64 `json:"errors"`
	ToolCalls  uint64 `json:"tool_calls"`
	Gaps       uint64 `json:"gaps"`
	// Complete says that all of its sessions are.
	Complete   bool              `json:"complete"`
	Clients    []query.Peer      `json:"clients"`
	Servers    []string          `json:"servers"`
	Principals []query.Principal `json:"principals"`
	Conflicts  int               `json:"conflicts"`
	// Truncated says that more sessions belong to it than are read.
	Truncated bool `json:"truncated"`
}

// Trail is one trail with its sessions and the reasons why they belong together.
type Trail struct {
	TrailSummary
	Members      []trail.Member   `json:"members"`
	SessionList  []SessionSummary `json:"session_list"`
	Joins        []trail.Join     `json:"joins"`
	ConflictList []trail.Conflict `json:"conflict_list"`
	// Edits by people that bear on it and were not undone, oldest first.
	Edits []trail.Edit `json:"edits"`
}

// TrailRules are the rules in force, strongest first.
type TrailRules struct {
	Keys  []trail.KeyRule  `json:"keys"`
	Times []trail.TimeRule `json:"times"`
}

// TrailEdit asks for a change of trails: see [trail.Edit].
type TrailEdit struct {
	Action string `json:"action" enum:"merge,split,name,undo" doc:"merge: these belong together. split: these belong apart from the rest of the trail. name: call the trail so. undo: as if an earlier edit had not been."`
	// Members are sessions, parts or trails: what to merge, what to split off.
	Members []string `json:"members,omitempty" maxItems:"200" doc:"Sessions, parts of them (the id of a member), or trails."`
	Name    string   `json:"name,omitempty" maxLength:"200"`
	Why     string   `json:"why,omitempty" maxLength:"2000" doc:"The reason, kept with the edit."`
	Undoes  string   `json:"undoes,omitempty" maxLength:"36" doc:"Id of the edit to undo."`
}

// TrailOperation is an operation of a trail and the session it is in.
type TrailOperation struct {
	SessionID string `json:"session_id"`
	// Upstream and Server of that session.
	Upstream string `json:"upstream"`
	query.Operation
}

// TrailGap is a gap in a session of a trail.
type TrailGap struct {
	SessionID string `json:"session_id"`
	query.Gap
}

// TrailFact is a fact of a session of a trail.
type TrailFact struct {
	SessionID string `json:"session_id"`
	Upstream  string `json:"upstream"`
	query.Fact
}

// TrailSession is what the record of one session of a trail proves.
type TrailSession struct {
	SessionID string          `json:"session_id"`
	Integrity query.Integrity `json:"integrity"`
}

// TrailTimeline is a page of a trail's operations in the order in which they began.
type TrailTimeline struct {
	Trail      TrailSummary     `json:"trail"`
	Operations []TrailOperation `json:"operations"`
	// Facts of the time from the page's beginning to the last of its operations.
	Facts []TrailFact `json:"facts"`
	// Sessions that the page was rebuilt from, in the order in which they began.
	Sessions []TrailSession `json:"sessions"`
	// Gaps of the sessions that began within the page.
	Gaps []TrailGap `json:"gaps"`
	// Next is the cursor of the page after it, empty on the last one.
	Next string `json:"next"`
}

// Summary gives a trail and its sessions the shape of a list.
func Summary(t *trail.Trail, sessions []SessionSummary) TrailSummary {
	s := TrailSummary{ID: t.ID, Name: t.Name, Started: t.Started, Ended: t.Ended, Confidence: t.Confidence, Sessions: len(sessions),
		Complete: true, Clients: []query.Peer{}, Servers: []string{}, Principals: []query.Principal{}, Conflicts: len(t.Conflicts), Truncated: t.Truncated}
	for _, in := range sessions {
		s.Events += in.Events
		s.Operations += in.Operations
		s.Errors += in.Errors
		s.ToolCalls += in.ToolCalls
		s.Gaps += in.Gaps
		s.Complete = s.Complete && in.Complete
		s.Clients = once(s.Clients, in.Client)
		s.Principals = once(s.Principals, in.Principal)
		name := in.Server.Name
		if name == "" {
			name = in.Upstream
		}
		s.Servers = once(s.Servers, name)
	}
	return s
}

// once appends what is something and is not there yet.
func once[T comparable](list []T, item T) []T {
	var nothing T
	if item == nothing {
		return list
	}
	for _, have := range list {
		if have == item {
			return list
		}
	}
	return append(list, item)
}
