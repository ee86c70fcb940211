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
	v.Set("limit", strconv.Itoa(limit))
	return read[*wire.TrailTimeline](ctx, c, v, "trails", id, "timeline")
}

// ResolveTrail finds the id of the trail that a person means: "t-" and any part of
// the id of a session of it.
func (c *Client) ResolveTrail(ctx context.Context, part string) (string, error) {
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
