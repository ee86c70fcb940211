package client

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// NoSessionError says that no session has such an id.
type NoSessionError struct{ ID string }

// Error says how to find one.
func (e *NoSessionError) Error() string {
	return fmt.Sprintf("there is no session %q; `mcptrail sessions` lists them", e.ID)
}

// BadIDError says that a text cannot be the id of a session, or part of one.
type BadIDError struct{ ID string }

// Error quotes a bounded part of the text: it comes from a command line.
func (e *BadIDError) Error() string {
	return fmt.Sprintf("%.60q is no session id: an id is hexadecimal digits and dashes, or the beginning of one", e.ID)
}

// AmbiguousError says that a short id fits several sessions.
type AmbiguousError struct {
	ID string
	// Sessions it fits, at most a few, newest first.
	Sessions []wire.SessionSummary
	// More is true where it fits others besides.
	More bool
}

// Error lists the sessions that it fits, with their times.
func (e *AmbiguousError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q fits more than one session, give more digits:", e.ID)
	for _, s := range e.Sessions {
		fmt.Fprintf(&b, "\n  %s  %s", s.ID, s.Started.Format("2006-01-02 15:04:05"))
	}
	if e.More {
		b.WriteString("\n  …")
	}
	return b.String()
}

// idPart is what can be a part of an id.
var idPart = regexp.MustCompile(`^[0-9a-f-]{1,36}$`)

// ShortID is the part of an id that people are shown: its last group of digits,
// which is random, while sessions of one minute begin alike.
func ShortID(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }

// Resolve finds the id that a person means: the whole of it, its beginning, or
// the beginning of its short form. It asks only where that is not clear.
func (c *Client) Resolve(ctx context.Context, part string) (string, error) {
	// Ids are stored in lower case; people paste them from elsewhere.
	part = strings.ToLower(part)
	if !idPart.MatchString(part) {
		return "", &BadIDError{part}
	}
	if _, err := uuid.Parse(part); err == nil && len(part) == 36 {
		// A whole id is not looked up: what is asked next says whether it exists, in one round trip.
		return part, nil
	}
	const shown = 5
	// The collectors' own sessions are hidden in lists, but whoever has their id means them.
	page, err := c.Sessions(ctx, wire.Filter{ID: part, Collectors: true}, "", shown)
	if err != nil {
		return "", err
	}
	switch len(page.Items) {
	case 0:
		return "", &NoSessionError{part}
	case 1:
		return page.Items[0].ID, nil
	}
	return "", &AmbiguousError{ID: part, Sessions: page.Items, More: page.Next != ""}
}
