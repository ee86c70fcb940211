// Package bundle writes a part of the record into one file that proves itself, and
// checks such a file without a network.
//
// The one rule: a bundle has no byte that means nothing. Its layout follows from its
// contents, its contents from its events and seals, and those are signed; what is
// not signed (who exported it, and what they chose) is said to be a statement.
//
// It is a zip without compression, so that every unzip opens it and sha256sum alone
// finds an edit by accident:
//
//	events.b64     canonical bytes of each event, base64, one a line, by session and seq
//	events.jsonl   the same events for people, as `mcptrail events --json` prints them
//	seals.jsonl    each signed note, with leaf hashes of the events that are here and
//	               the proof that leads from them to the note's root
//	keys.jsonl     the certificate of each run of a collector
//	VERIFY.md      how to check it
//	manifest.json  who exported what and when, and the SHA-256 of the files before it
//	SHA256SUMS     the same sums for sha256sum -c
package bundle

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Names of the files, in their order.
// Names and order are part of the format: both are checked byte for byte, in the headers of
// the zip.
const (
	eventsFile   = "events.b64"
	readableFile = "events.jsonl"
	sealsFile    = "seals.jsonl"
	keysFile     = "keys.jsonl"
	helpFile     = "VERIFY.md"
	manifestFile = "manifest.json"
	sumsFile     = "SHA256SUMS"
)

// names of the files in the order in which they stand. A bundle has all of them and no
// other.
var names = []string{eventsFile, readableFile, sealsFile, keysFile, helpFile, manifestFile, sumsFile}

const (
	format = "mcptrail bundle 1"
	// readable is the version of the form that events have in events.jsonl. A bundle
	// with another is checked without comparing that file to the events.
	readable = 2
)

// Manifest says what a bundle is. Nobody signs it.
// Its members are written in this order; a manifest in another order, or with a member that
// this program does not know, is broken, see strict. So a new member needs a new format.
type Manifest struct {
	Format   string `json:"format"`
	Readable int    `json:"readable"`
	// Scope is what was asked for.
	Scope Scope `json:"scope"`
	// Exported is when, By the user and host that exported it, From the service
	// that it was read from.
	Exported time.Time `json:"exported"`
	By       string    `json:"by"`
	From     string    `json:"from"`
	Events   uint64    `json:"events"`
	Seals    uint64    `json:"seals"`
	Epochs   uint64    `json:"epochs"`
	Files    []File    `json:"files"`
}

// Scope of an export: a session, a time, or everything.
// The check does not compare the times with the events: all that lies under one seal is
// exported together.
type Scope struct {
	Session string     `json:"session,omitempty"`
	Since   *time.Time `json:"from,omitempty"`
	Until   *time.Time `json:"to,omitempty"`
}

// everything reports whether nothing was chosen: then every seal and event must be
// there.
func (s Scope) everything() bool { return s == Scope{} }

// String is the scope in words.
func (s Scope) String() string {
	switch {
	case s.Session != "":
		return "session " + s.Session
	case s.everything():
		return "everything"
	}
	text := "what lies under the same seals as what was sent or sealed"
	if s.Since != nil {
		text += " from " + s.Since.Format(time.RFC3339Nano)
	}
	if s.Until != nil {
		text += " to " + s.Until.Format(time.RFC3339Nano)
	}
	return text
}

// options are how the contents are checked.
// The manifest is not signed: who edits the scope makes the check ask for less, and removes
// the proof of completeness with it. Now stays zero: no event of a file is still on its way.
func (m *Manifest) options() (o verify.Options, err error) {
	o.Whole = m.Scope.everything()
	if m.Scope.Session != "" {
		o.Session, err = uuid.Parse(m.Scope.Session)
	}
	return o, err
}

// File of a bundle.
// SHA256 is in hexadecimal digits, Size in bytes.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// sealLine is a line of seals.jsonl. Hashes are in hexadecimal digits.
//
// At are places within the run, from 0, ascending, and Leaves the hashes at these places.
// Lists are never null.
type sealLine struct {
	Note   string   `json:"note"`
	At     []uint64 `json:"at"`
	Leaves []string `json:"leaves"`
	Proof  []string `json:"proof"`
}

// keyLine is a line of keys.jsonl.
type keyLine struct {
	Epoch string `json:"epoch"`
	// Identity is the name and hash of the key that signed the certificate.
	Identity    string `json:"identity"`
	Certificate string `json:"certificate"`
}

// line is a value as it stands in a file.
// encoding/json writes the members of a struct in their order, which makes one form of it.
func line(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(b, '\n'), err
}

// render is an event's line in events.jsonl.
func render(e *schema.Event) ([]byte, error) { return line(wire.FromEvent(e)) }

// help is the text of VERIFY.md. It is part of the format: a bundle with another text
// is called broken.
const help = `# How to check this bundle

It holds a part of what mcptrail recorded, with the signed statements of the collectors that recorded it.

    mcptrail-verify --trust KEYS THIS.zip

KEYS is a file with the public keys of the collectors, one a line, that you have from somebody you trust and not from
whoever gave you this bundle: each collector keeps its own in identity.pub. mcptrail-verify needs nothing else and no
network. It ends with status 0 if every event is as its collector sealed it, 1 if something was changed, removed or added,
2 if something is not there or not sealed without being wrong (a gap that the collector names, a session that went on),
and 3 for bad input or a key that you did not give.

Without it, "sha256sum -c SHA256SUMS" in the unzipped bundle finds damage, but not forgery: whoever changes a file can
change its sum. What only the keys prove is in events.b64, seals.jsonl and keys.jsonl:

- a leaf hash is the SHA-256 of a zero byte and an event's canonical bytes (a line of events.b64, decoded);
- a note in seals.jsonl is signed with the key of one run of a collector, and names the root of the RFC 6962 Merkle tree
  over the leaf hashes of that run's events; "at" are the places of the events that are here, "proof" the hashes of the
  largest subtrees without any of them, from left to right;
- a certificate in keys.jsonl says, signed by the collector's identity, which key that is.

manifest.json says who exported what and when. Nobody signed that. A collector that lies about what it saw, and what lies
outside the scope of the export, cannot be seen here.
`
