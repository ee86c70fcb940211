package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// resource is one thing that people read or write over the API, with its routes.
type resource interface {
	routes(api huma.API)
}

// replies is how every resource answers: within a time, not before the access log has
// the read, and with a sentence for every error.
// All requests share it; nothing in it changes once the service runs.
type replies struct {
	access *accessLog
	log    *slog.Logger
}

// output is an answer as huma takes it.
type output[T any] struct{ Body T }

// read answers with what ask returns, after the access log has how many rows that is:
// nothing is handed out that is not recorded, and what failed is not recorded as read.
// Ask must end with its context.
//
// It suits answers that fit in memory. One that is streamed is recorded before it begins,
// with as many rows as it may have.
func read[T any](ctx context.Context, r *replies, action string, ask func(ctx context.Context) (T, error), rows func(T) int) (*output[T], error) {
	// The time covers the row in the access log too, so an answer is never later than it.
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	v, err := ask(ctx)
	if err == nil {
		err = r.access.record(ctx, action, uint64(rows(v)))
	}
	// What was read is dropped where it could not be logged.
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	return &output[T]{v}, nil
}

// one is how many rows an answer has that is not a list.
func one[T any](T) int { return 1 }

// Statuses that clients should expect of a read, besides 422 and 500: of one that
// names something, of one that lists, and of one that takes no parameter.
var (
	namedErrors  = []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	listedErrors = []int{http.StatusBadRequest, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
)

// get describes a read of something that is named.
func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Errors: namedErrors}
}

// list describes a read that names nothing.
func list(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Errors: listedErrors}
}
