package spool

// Unfreed returns the number of records of this process that are not freed.
func (s *Spool) Unfreed() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own == nil || len(s.own.segments) == 0 {
		return 0
	}
	last := s.own.segments[len(s.own.segments)-1]
	return last.until - min(last.until, s.own.freed.Number)
}

// Last is the Position behind the last record of this process; zero before the first.
func (s *Spool) Last() (p Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own != nil && len(s.own.segments) > 0 {
		last := s.own.segments[len(s.own.segments)-1]
		p = Position{Set: s.own.id, Segment: last.index, Offset: last.size, Number: last.until}
	}
	return p
}

// Ended reports whether p, a Position that Next delivered, is the end of a dead
// process's set.
func (s *Spool) Ended(p Position) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.set(p.Set)
	if set == nil || set == s.own || len(set.segments) == 0 {
		return set == nil
	}
	last := set.segments[len(set.segments)-1]
	return p.Segment == last.index && (p.Offset >= last.size || atEnd(p, last))
}
