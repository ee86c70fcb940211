package httpapi

import "context"

// read answers with what was read, after the access log has it.
func read[T any](ctx context.Context, s *server, action string, ask func(ctx context.Context) (T, error), rows func(T) int) (*output[T], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	v, err := ask(ctx)
	if err == nil {
		err = s.access.record(ctx, action, uint64(rows(v)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[T]{v}, nil
}

// one is how many rows an answer has that is not a list.
func one[T any](T) int { return 1 }
