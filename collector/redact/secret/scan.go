package secret

// scan is the state of one pass over one text, as it stands or decoded.
type scan struct {
	*Engine
	text   []byte
	spans  []Span
	budget *Budget
	hints  Hints
	// nameEnd is the end of the name that was tried last: names hold several words.
	nameEnd int
	// keyEnd is the end of the private key that was found last, and nextEnd where the
	// next line that ends one stands: -1 before the first search, the text's length for
	// none.
	keyEnd, nextEnd int
	// commandEnd, tableEnd, urlEnd, proseEnd and webKeyEnd are how far commands, tables,
	// addresses, sentences and keys were read: none is read twice, so that the time is linear.
	commandEnd, tableEnd, urlEnd, proseEnd, webKeyEnd int
	// literal is the end of the last literal of a rule that holds a value.
	literal int
	// headless: the text begins inside of a token whose literal is not at its beginning.
	headless bool
	// documentEnd is how far a document was searched for members of a secret.
	documentEnd int
}

// add reports a credential.
func (s *scan) add(from, to int, rule string) {
	if from < to && !isMark(s.text[from:to]) {
		s.spans = append(s.spans, Span{From: from, To: to, Rule: rule})
	}
}

// plain scans the text as it stands, decoded depth times.
func (e *Engine) plain(spans []Span, text []byte, depth int, b *Budget) ([]Span, Hints) {
	s := &e.scans[depth]
	*s = scan{Engine: e, text: text, spans: spans, budget: b, nextEnd: -1}
	if b.Spend(len(text)) {
		s.run()
	}
	spans = s.spans
	s.text, s.spans = nil, nil // the caller's, and large
	return spans, s.hints
}

func (s *scan) run() {
	skip := 0 // marks are never cut
	text, state := s.text, uint16(0)
	next, class, firstFound := s.words.next, &s.words.class, s.words.firstFound
	for i, c := range text {
		if state = next[int(state)<<classBits|int(class[c])]; state < firstFound || i < skip {
			continue
		}
		for _, f := range s.words.ending(state) {
			at := i + 1 - int(f.size)
			if f.exact && text[at] != f.first {
				continue
			}
			if int(f.word) == len(s.matchers) {
				skip = at + markAt(text[at:])
				continue
			}
			if !s.budget.Spend(4) {
				return
			}
			s.try(&s.matchers[f.word], at)
		}
	}
	if nextInvisible(text, 0) >= 0 {
		s.hints |= HintInvisible
	}
	s.ended = Ending{State: state, Named: s.literal > 0 && len(text)-s.literal <= nearEnd, OpenKey: s.keyEnd > 0 && s.keyEnd == len(text), Headless: s.headless}
	s.ended.Named = s.ended.Named || beginsToken(text)
}

func (s *scan) try(m *matcher, at int) {
	if m.form != nil {
		if startsWithFold(s.text, at, m.anchor) {
			if m.holds {
				s.literal = at + len(m.anchor)
			}
			m.form(s, at, m)
		}
		return
	}
	if body := at + len(m.anchor); body <= len(s.text) && string(s.text[at:body]) == m.anchor {
		if !m.free || m.before != nil || freeBefore(s.text, at) {
			s.literal = body
		}
		s.token(m, at, body)
	}
}

// token takes a token of a documented form whose literal stands at text[at:body].
func (s *scan) token(m *matcher, at, body int) {
	text, from := s.text, at
	if m.before != nil {
		for at-from < m.before.max && from > 0 && m.before.class.has(text[from-1]) {
			from--
		}
		s.budget.Spend(at - from)
		if from == 0 && at < m.before.min {
			s.headless = true
		}
		if at-from < m.before.min || from > 0 && m.before.class.has(text[from-1]) {
			return
		}
	} else if m.free && !freeBefore(text, at) && !(joins(m.anchor) && (text[at-1] == '-' || text[at-1] == '_')) {
		return
	}
	to, read := m.after.after(text, body)
	s.budget.Spend(read)
	if to < 0 {
		if end := body + read; end == len(text) && mixed(text[body:end], !m.after.lowercase()) && (!m.free || 4*read >= m.after.least()) {
			s.spans = append(s.spans, Span{From: from, To: end, Rule: m.rule, Partial: true})
		}
		return
	}
	if m.free && to < len(text) && (isAlnum(text[to]) || text[to] == '_') {
		return
	}
	if !m.free && len(m.after.steps) > 0 {
		// A longer run than documented is cut as a whole, so that nothing stays.
		last := &m.after.steps[len(m.after.steps)-1]
		for last.class.has('a') && to < len(text) && last.class.has(text[to]) {
			to++
		}
	}
	if m.free && (!varied(text[from:to]) || plainWords(text[from:to]) && !longRun(text[body:to]) && !(joins(m.anchor) && changes(text[body:to]) > 2) || s.inBlob(from, to)) {
		return
	}
	s.add(from, to, m.rule)
}

// mixed reports whether the beginning of a token's body looks random: enough of it, with
// digits or both cases; capitals are enough where the form has no small letters.
func mixed(body []byte, capitals bool) bool {
	digits, letters, _ := count(body)
	return len(body) >= 4 && digits+letters >= 4 && (digits > 0 && letters > 0 || digits == 0 && (capitals || !wordy(body)) || letters == 0 && digits >= 8)
}

// joins reports whether a literal is distinctive even behind a dash: three letters and an
// underscore of its own, as in ghp_.
func joins(anchor string) bool { return len(anchor) >= 4 && anchor[len(anchor)-1] == '_' }

// freeBefore reports whether a word can begin at text[at]. A letter that belongs to
// an escape (\n, \t, \u003d) ends no word.
func freeBefore(text []byte, at int) bool {
	if at == 0 {
		return true
	}
	c := text[at-1]
	if !isAlnum(c) && c != '_' && c != '-' {
		return true
	}
	return at > 1 && text[at-2] == '\\' && (c == 'n' || c == 't' || c == 'r') ||
		at > 5 && text[at-6] == '\\' && text[at-5] == 'u'
}

// inBlob reports whether a token stands inside of a long run of base64, where a form
// with a short literal comes up by chance.
func (s *scan) inBlob(from, to int) bool {
	const long = 200
	text, left, right := s.text, from, to
	for left > 0 && from-left < long && (isAlnum(text[left-1]) || text[left-1] == '+' || text[left-1] == '/') {
		left--
	}
	for right < len(text) && right-to < long && (isAlnum(text[right]) || text[right] == '+' || text[right] == '/') {
		right++
	}
	s.budget.Spend(right - left)
	return from-left >= long || right-to >= long
}
