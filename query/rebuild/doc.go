// Package rebuild makes the timeline of a session out of its events.
//
// The one rule: a timeline follows from the stored events alone, and every event
// of the session has one place in it. Nothing is dropped because it fits nowhere,
// and nothing is joined that the record does not join with certainty, so a better
// rule improves old data.
package rebuild
