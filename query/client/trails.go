package client

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/mcptrail/mcptrail/query/wire"
)

// Trails lists trails that have a session which fits, newest session first.
func (c *Client) Trails(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[wire.TrailSummary], error) {
	return get[wire.Page[wire.TrailSummary]](ctx, c, filterQuery(f, cursor, limit), "trails")
}

// Trail reads the trail that a session, a part of one or a trail's own id names.
func (c *Client) Trail(ctx context.Context, id string) (*wire.Trail, error) {
	return get[*wire.Trail](ctx, c, nil, "trails", id)
}

// TrailTimeline reads a page of a trail's operations. An empty cursor is the first.
func (c *Client) TrailTimeline(ctx context.Context, id, cursor string, limit int) (*wire.TrailTimeline, error) {
	v := url.Values{}
	set(v, "cursor", cursor)
	// A limit of 0 has no meaning for a trail: its timeline is always paged.
	v.Set("limit", strconv.Itoa(limit))
	return read[*wire.TrailTimeline](ctx, c, v, "trails", id, "timeline")
}

// ResolveTrail finds the id of the trail that a person means: "t-" and any part of
// the id of a session of it.
func (c *Client) ResolveTrail(ctx context.Context, part string) (string, error) {
	// Behind a dot stands which part of a split session is meant; it is passed on unchecked, as
	// the service knows the parts.
	session, behind, _ := strings.Cut(strings.TrimPrefix(part, "t-"), ".")
	id, err := c.Resolve(ctx, session)
	if err != nil {
		return "", err
	}
	if behind != "" {
		id += "." + behind
	}
	return "t-" + id, nil
}

// Compare reads how two sessions or trails differ.
func (c *Client) Compare(ctx context.Context, a, b string) (*wire.Comparison, error) {
	return read[*wire.Comparison](ctx, c, url.Values{"a": {a}, "b": {b}}, "compare")
}

// ResolveAny finds the id of the session that a person means, or of the trail where it
// begins with t-.
func (c *Client) ResolveAny(ctx context.Context, part string) (string, error) {
	if strings.HasPrefix(part, "t-") {
		return c.ResolveTrail(ctx, part)
	}
	return c.Resolve(ctx, part)
}

// Flows reads the values that go from results to later arguments of a session, or of a
// trail where the id begins with t-.
func (c *Client) Flows(ctx context.Context, id string) (wire.Flows, error) {
	kind := "sessions"
	if strings.HasPrefix(id, "t-") {
		kind = "trails"
	}
	return read[wire.Flows](ctx, c, nil, kind, id, "flows")
}
