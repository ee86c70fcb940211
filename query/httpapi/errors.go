package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
)

// errBusy says that all streams are taken.
var errBusy = errors.New("too many streams")

// statusGone is what others write for a client that did not wait.
const statusGone = 499

// failed turns an error into what a person reads; what an operator needs goes to
// the log. ClickHouse's own words stay out of both, since they quote the values
// of the statement.
//
// It is called once for each failed answer, so the log has each failure once.
func (r *replies) failed(ctx context.Context, err error) error {
	// Whoever made it chose the words for people: it is passed on as it is.
	if problem, ok := errors.AsType[*huma.ErrorModel](err); ok {
		return problem // it says already what was wrong with what was asked
	}
	status, message := explain(err)
	// Whatever else went wrong followed from that, and no operator need act.
	if ctx.Err() == context.Canceled {
		status, message = statusGone, "The client went away."
	}
	if status >= http.StatusInternalServerError {
		attributes := []any{"route", routeOf(ctx), "error", err}
		// Code and name only: the message quotes the statement, with its values.
		if exception, ok := errors.AsType[*driver.Exception](err); ok {
			attributes = []any{"route", routeOf(ctx), "clickhouse_code", exception.Code, "clickhouse_error", exception.Name}
		}
		r.log.Error("reading the record failed", attributes...)
	}
	return huma.NewError(status, message)
}

// Codes of ClickHouse, from its ErrorCodes.cpp.
const (
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeTimeout         = 159
	codeTooSlow         = 160
	codeMemory          = 241
)

// explain maps an error to a status and a sentence that says what to do. What a caller
// did wrong is 400 or 404, what may pass by itself 503, what took too long 504; only
// what nobody foresaw is 500.
//
// The order counts: errors of ours first, then what ClickHouse answered, then time, then the
// network. A sentence never holds the text of an error that it does not know.
func explain(err error) (status int, message string) {
	if errors.Is(err, clickhouse.ErrNoSession) {
		return http.StatusNotFound, "There is no session with this id."
	}
	if errors.Is(err, clickhouse.ErrNoCase) {
		return http.StatusNotFound, "There is no case with this id."
	}
	if errors.Is(err, clickhouse.ErrNoTrail) {
		return http.StatusNotFound, "There is no trail with this id, and no session or part of one."
	}
	if errors.Is(err, clickhouse.ErrNoDefinition) {
		return http.StatusNotFound, "No server offered such a thing in a list that was recorded."
	}
	if errors.Is(err, clickhouse.ErrCursor) {
		return http.StatusBadRequest, "The cursor is malformed. Use the `next` of an earlier page as it is, or none for the first page."
	}
	if errors.Is(err, clickhouse.ErrTooWide) {
		return http.StatusBadRequest, "More collector runs fall in this time than can be proven at once. Ask for a shorter time, one session, or everything."
	}
	if errors.Is(err, clickhouse.ErrMeasure) {
		return http.StatusBadRequest, fmt.Sprintf("There is no such dimension. There are %s.", strings.Join(slices.Sorted(slices.Values(clickhouse.Dimensions().Values())), ", "))
	}
	if errors.Is(err, clickhouse.ErrPoints) {
		return http.StatusBadRequest, fmt.Sprintf("That would be more than %d points. Ask for a longer interval, fewer dimensions or less of their values.", clickhouse.MaxPoints)
	}
	if errors.Is(err, errBusy) {
		return http.StatusServiceUnavailable, fmt.Sprintf("%d streams are open, and that is all this service allows. Close one or try again later.", maxStreams)
	}
	const slow = "That took too long. Ask for less: a shorter time range, one session, more words."
	if exception, ok := errors.AsType[*driver.Exception](err); ok {
		switch exception.Code {
		case codeUnknownTable, codeUnknownDatabase:
			return http.StatusServiceUnavailable, "The database has no tables for the record. Make them with `mcptrail-schema migrate`."
		case codeTimeout, codeTooSlow, codeMemory:
			return http.StatusGatewayTimeout, slow
		}
		// Any other code is a mistake in a statement of ours, which the reader cannot mend.
		return http.StatusInternalServerError, "The database refused to answer. The log of the query service has its reason."
	}
	// After the exceptions, which say more: a statement that ClickHouse ended has its code.
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusGatewayTimeout, slow
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, driver.ErrAcquireConnTimeout) {
		return http.StatusServiceUnavailable, "The database does not answer. What collectors record meanwhile is not lost and will show when it does."
	}
	return http.StatusInternalServerError, "Reading the record failed. The log of the query service has the cause."
}

// sentence puts what was wrong with a parameter where every error has its sentence.
func sentence(_ huma.Context, _ string, v any) (any, error) {
	problem, ok := v.(*huma.ErrorModel)
	if !ok || len(problem.Errors) == 0 {
		return v, nil
	}
	var wrong []string
	for _, e := range problem.Errors {
		// "query.limit" becomes "limit": readers know the parameter, not huma's word for its place.
		where := e.Location[strings.IndexByte(e.Location, '.')+1:]
		wrong = append(wrong, where+": "+e.Message)
	}
	problem.Detail = strings.Join(wrong, "; ") + "."
	return problem, nil
}
