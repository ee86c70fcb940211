package wire

import (
	"encoding/json"
	"time"

	"github.com/mcptrail/mcptrail/query"
)

// Server is an upstream by its configured name, and what it offers.
type Server struct {
	Upstream string `json:"upstream"`
	// Names that it gave itself.
	Names    []string  `json:"names"`
	Sessions uint64    `json:"sessions"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	// Tools, Prompts, Resources and Templates count names that were ever listed,
	// Versions all that they were described by.
	Tools     uint64 `json:"tools"`
	Prompts   uint64 `json:"prompts"`
	Resources uint64 `json:"resources"`
	Templates uint64 `json:"templates"`
	Versions  uint64 `json:"versions"`
}

// DefinitionSummary is a tool, prompt, resource or template of a server.
type DefinitionSummary struct {
	Server string `json:"server"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	// Hash of the version that was seen last.
	Hash     string `json:"hash"`
	Versions uint64 `json:"versions"`
	// FirstSeen and LastSeen are of all versions, Changed is when the last one came.
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Changed   time.Time `json:"changed"`
}

// DefinitionFilter chooses definitions; empty means all.
type DefinitionFilter struct {
	Server, Kind, Name []string
	// Text is a part of the name, in any ASCII case.
	Text string
	// Changed chooses those of which there is more than one version.
	Changed bool
}

// DefinitionView is who was shown a definition, and when.
type DefinitionView struct {
	Server string `json:"server"`
	// ServerName is what the server called itself.
	ServerName string `json:"server_name"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Hash       string `json:"hash"`
	// Actor is the principal, else the fingerprint of the credential, else @ and the
	// client's address.
	Actor        string     `json:"holder"`
	Client       query.Peer `json:"client"`
	FirstSeen    time.Time  `json:"first_seen"`
	LastSeen     time.Time  `json:"last_seen"`
	Sessions     uint64     `json:"sessions"`
	FirstSession string     `json:"first_session"`
	LastSession  string     `json:"last_session"`
}

// Definition is one content with all who were shown it.
type Definition struct {
	Hash string          `json:"hash"`
	Kind string          `json:"kind"`
	Name string          `json:"name"`
	Body json.RawMessage `json:"body"`
	// Seen are those who were shown it, first sight first, of SeenTotal.
	Seen      []DefinitionView `json:"seen"`
	SeenTotal uint64           `json:"seen_total"`
}

// DefinitionVersion is one content of a name.
type DefinitionVersion struct {
	Hash      string          `json:"hash"`
	FirstSeen time.Time       `json:"first_seen"`
	LastSeen  time.Time       `json:"last_seen"`
	Body      json.RawMessage `json:"body"`
	// Changes against the version before it, by first sight; empty for the first.
	Changes []query.Change `json:"changes"`
	// Seen are those who were shown it, first sight first, of SeenTotal.
	Seen      []DefinitionView `json:"seen"`
	SeenTotal uint64           `json:"seen_total"`
}

// DefinitionHistory is what one name of one server meant over time.
type DefinitionHistory struct {
	Server string `json:"server"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	// Versions in the order in which they were first seen: a page of Total. Next is the
	// cursor of the page behind it, left out after the last.
	Versions []DefinitionVersion `json:"versions"`
	Total    uint64              `json:"total"`
	Next     string              `json:"next,omitempty"`
	// Divided says that two versions were shown in one time, to different clients or
	// principals.
	Divided bool `json:"divided"`
	// RenamedFrom are names that this one may have had before, RenamedTo those that
	// it may have now, by similarity. The first page has them.
	RenamedFrom []SimilarDefinition `json:"renamed_from"`
	RenamedTo   []SimilarDefinition `json:"renamed_to"`
	// RenamesCut says that so many names came and went that not all were compared.
	RenamesCut bool `json:"renames_cut,omitempty"`
}

// SimilarDefinition says nearly the same under another name.
type SimilarDefinition struct {
	Name string `json:"name"`
	Hash string `json:"hash"`
	// Similarity from 0 to 1.
	Similarity float64   `json:"similarity"`
	FirstSeen  time.Time `json:"first_seen"`
	LastSeen   time.Time `json:"last_seen"`
}

// DefinitionDiff is how two definitions differ.
type DefinitionDiff struct {
	A          string         `json:"a"`
	B          string         `json:"b"`
	Similarity float64        `json:"similarity"`
	Changes    []query.Change `json:"changes"`
}
