package client

import (
	"net/url"
	"strconv"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// filterQuery is a filter as the parameters of a list. What is empty is not sent: the
// service refuses parameters that it does not know, and an older one knows fewer.
func filterQuery(f wire.Filter, cursor string, limit int) url.Values {
	v := url.Values{}
	set(v, "id", f.ID)
	setTimes(v, f.From, f.To)
	// A nil slice adds no parameter: Encode skips names without values.
	v["client"], v["server"], v["principal"] = f.Client, f.Server, f.Principal
	v["upstream"], v["transport"] = f.Upstream, f.Transport
	v["collector"], v["scope"] = f.Collector, f.Scope
	for dimension, values := range f.Not {
		for _, value := range values {
			v.Add("not", dimension+":"+value)
		}
	}
	// Three states: nil does not ask, false asks for what is incomplete.
	if f.Complete != nil {
		v.Set("complete", strconv.FormatBool(*f.Complete))
	}
	if f.Collectors {
		v.Set("collectors", "true")
	}
	set(v, "text", f.Text)
	setEvent(v, f.Event)
	setPage(v, cursor, limit)
	return v
}

// searchQuery is a search as parameters.
func searchQuery(f wire.Search, cursor string, limit int) url.Values {
	v := url.Values{}
	set(v, "text", f.Text)
	set(v, "session", f.Session)
	setTimes(v, f.From, f.To)
	setEvent(v, f.Event)
	setPage(v, cursor, limit)
	return v
}

// setEvent adds the conditions on one event.
func setEvent(v url.Values, f wire.EventFilter) {
	v["kind"], v["method"], v["target"], v["outcome"] = f.Kind, f.Method, f.Target, f.Outcome
}

// setTimes adds the bounds that are set.
func setTimes(v url.Values, from, to time.Time) {
	if !from.IsZero() {
		// Nanoseconds, since a page of a list may begin at the time of its last row.
		v.Set("from", from.UTC().Format(time.RFC3339Nano))
	}
	if !to.IsZero() {
		v.Set("to", to.UTC().Format(time.RFC3339Nano))
	}
}

// setPage adds the page; a limit of 0 leaves it to the service.
func setPage(v url.Values, cursor string, limit int) {
	set(v, "cursor", cursor)
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
}

// set adds a parameter that has a value.
func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}
