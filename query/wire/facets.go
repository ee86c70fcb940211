package wire

import "time"

// Facets say what a choice of sessions can be narrowed to.
type Facets struct {
	// Total is the number of sessions that the filter chooses.
	Total  uint64  `json:"total"`
	Errors uint64  `json:"errors"`
	Fields []Facet `json:"fields"`
	// Histogram counts the chosen sessions by when they began, in buckets of StepMS
	// milliseconds; empty buckets are left out.
	StepMS    int64    `json:"step_ms"`
	Histogram []Bucket `json:"histogram"`
}

// Facet is one field of the filter with its commonest values, counted over the
// sessions that all other fields choose.
type Facet struct {
	Field  string       `json:"field"`
	Values []FacetValue `json:"values"`
}

// FacetValue counts the sessions with one value of a field.
type FacetValue struct {
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// Bucket is one bar of a histogram.
type Bucket struct {
	Time     time.Time `json:"time"`
	Sessions uint64    `json:"sessions"`
	// Failed counts those with an operation that failed.
	Failed uint64 `json:"failed"`
}
