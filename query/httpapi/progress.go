package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// progress says what is stored: what collectors free their spools by.
type progress struct {
	*replies
	store *clickhouse.Progress
}

// runs is what Resolve read; huma leaves it alone, since it is not exported.
type progressInput struct {
	Run   []string `query:"run,explode" maxItems:"200" maxLength:"100" doc:"Events of a collector's run: its epoch, a colon, and the first and last collector_seq with a minus between."`
	Seals []string `query:"seals,explode" maxItems:"200" maxLength:"100" doc:"Seals of a collector's run, in the same form, by their numbers."`

	runs []wire.Run
}

// maxRange is how many numbers of a run one question may be about.
// It bounds the rows of one question together with maxItems; collectors ask in pieces.
const maxRange = 1 << 17

// Resolve reads the runs.
// Every faulty range is named, not only the first.
func (in *progressInput) Resolve(huma.Context) (wrong []error) {
	// Ranges of one run may come in any order and in both parameters; they are gathered by epoch.
	run := func(epoch uuid.UUID) *wire.Run {
		i := slices.IndexFunc(in.runs, func(r wire.Run) bool { return r.Epoch == epoch })
		if i < 0 {
			i = len(in.runs)
			in.runs = append(in.runs, wire.Run{Epoch: epoch})
		}
		return &in.runs[i]
	}
	read := func(name string, list []string, add func(*wire.Run, wire.Range)) {
		for _, text := range list {
			epoch, r, err := parseRange(text)
			if err != nil {
				wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: err.Error(), Value: text})
				continue
			}
			add(run(epoch), r)
		}
	}
	read("run", in.Run, func(to *wire.Run, r wire.Range) { to.Events = append(to.Events, r) })
	read("seals", in.Seals, func(to *wire.Run, r wire.Range) { to.Seals = append(to.Seals, r) })
	return wrong
}

func parseRange(text string) (epoch uuid.UUID, r wire.Range, err error) {
	const digits = 36 // of a UUID
	if len(text) > digits {
		epoch, err = uuid.Parse(text[:digits])
	}
	if len(text) <= digits || err != nil {
		return epoch, r, fmt.Errorf("expected an epoch, a colon and a range")
	}
	// Printed back and compared, since Sscanf accepts signs, spaces and what follows.
	if n, err := fmt.Sscanf(text[digits:], ":%d-%d", &r.From, &r.To); n != 2 || err != nil || text[digits:] != fmt.Sprintf(":%d-%d", r.From, r.To) {
		return epoch, r, fmt.Errorf("expected a range of numbers behind the epoch")
	}
	if r.To < r.From || r.To-r.From >= maxRange {
		return epoch, r, fmt.Errorf("expected a range of 1 to %d numbers", maxRange)
	}
	return epoch, r, nil
}

func (s *progress) routes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "progress", Method: http.MethodGet, Path: "/api/v1/ingest/progress",
		Summary: "How far the topics are stored, by partition, and which numbers of collectors' runs: what collectors free their spools by. It hands out nothing of the record, so it is not logged as a read.",
		Errors:  []int{http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.get)
}

// It is over all tenants and hands out numbers alone: a collector frees what is stored,
// whoever may read it.
func (s *progress) get(ctx context.Context, in *progressInput) (*output[wire.Progress], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	// Every collector asks several times a second, so no access log: it would be mostly that.
	p, err := s.store.Stored(ctx, in.runs)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[wire.Progress]{p}, nil
}
