// Package httpapi serves the record over HTTP: lists, sessions, events, timelines,
// search and what comes in now.
//
// The one rule: nothing is handed out before the access log has a row that says
// who read what, and what was cut short never looks complete.
package httpapi
