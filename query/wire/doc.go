// Package wire is the JSON of the query service's HTTP API beside the timeline:
// what the server writes and what its clients read.
//
// The one rule: names and meanings stay, and new fields come after the old ones,
// since scripts, dashboards and tests of others read them.
package wire
