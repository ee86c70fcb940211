package playback

import "sync"

// signals are what goroutines wait for, by the id of a JSON-RPC message as JSON, so that 1
// and "1" differ. The zero value is ready; it is safe for concurrent use.
type signals struct {
	// mutex guards byID, for one look-up; nobody waits for a channel under it.
	mutex sync.Mutex
	byID  map[string]chan struct{}
}

// await registers an id whose channel signal closes. An id that is registered twice, as by
// a client that uses one again, is that of the later: the earlier waits for its context.
func (s *signals) await(id string) chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.byID == nil {
		s.byID = map[string]chan struct{}{}
	}
	ch := make(chan struct{})
	s.byID[id] = ch
	return ch
}

// drop removes an id that nobody waits for any more. It closes nothing: a signal that
// comes later finds no channel.
func (s *signals) drop(id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.byID, id)
}

// signal closes the channel of an id, once: it is removed under the same lock. An id that is
// not known is ignored, for any client may answer what was never asked.
func (s *signals) signal(id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if ch := s.byID[id]; ch != nil {
		close(ch)
		delete(s.byID, id)
	}
}
