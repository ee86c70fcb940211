// Package query has the types of a timeline: what an agent did in a session, as the
// HTTP API and the command line give it.
//
// The one rule: types only. How they are made is the business of the packages below:
// rebuild makes a timeline of events, trail joins sessions, flow follows values,
// compare says what differs. Each of them imports this package and schema, and none
// imports a database or a server.
package query
