package verify

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Cause is what a set of problems most likely comes from. The same seals are missing after
// an older copy of the store was put back, after a log was lost, and after somebody
// deleted them; which of these it was shows in what is missing together.
type Cause struct {
	// Likely says what happened, and Do what to do about it.
	Likely string `json:"likely"`
	Do     string `json:"do"`
}

// shape is what is missing together, counted while problems are found.
// It changes no count and no status: it only serves the advice at the end of a report.
type shape struct {
	// changed counts problems of which every one needs a hand: rows that differ from what
	// was sealed, or that nobody sealed.
	changed int
	// bare are holes between seals with events in them, empty holes without any.
	bare, empty int
	// blocks are events that are missing with all others of two or more seals in a row,
	// single those that are missing among others.
	blocks, single uint64
	// epochs of which something is missing.
	epochs map[uuid.UUID]bool
	// from and to are between when the missing records were sealed, ns; zero is unknown.
	from, to int64
	// silent are collectors that ended without a last seal, unborn runs that left nothing, and
	// cloned those whose number another run has as well.
	silent, unborn, cloned int
}

// kinds of problems that no loss makes.
// It is never changed.
var changes = map[Kind]bool{Altered: true, Extra: true, Equivocation: true, Chain: true, Column: true, Unreadable: true, BadSeal: true}

// add counts a problem.
// Every problem comes here, also those beyond the limit of what is listed.
func (s *shape) add(severity Severity, kind Kind) {
	switch {
	case severity == Mismatch && changes[kind]:
		s.changed++
	case kind == Silent:
		s.silent++
	case kind == MissingEpoch:
		s.unborn++
	case kind == Cloned:
		s.cloned++
	}
}

// span extends the time in which what is missing was sealed.
func (s *shape) span(from, to int64) {
	if from > 0 && (s.from == 0 || from < s.from) {
		s.from = from
	}
	s.to = max(s.to, to)
}

// hole counts a run of seals that are missing between two others, the first of which may
// be nil; events says whether events that they covered are there.
// The time of the seal before is the earliest at which a missing one can have been made.
func (s *shape) hole(e *epoch, before, next *run, events bool) {
	if events {
		s.bare++
	} else {
		s.empty++
	}
	from := int64(0)
	if before != nil {
		from = before.Time
	}
	s.in(e)
	s.span(from, next.Time)
}

func (s *shape) in(e *epoch) {
	if s.epochs == nil {
		s.epochs = map[uuid.UUID]bool{}
	}
	s.epochs[e.id] = true
}

// missing counts what is missing of the runs of an epoch, of each of which it is given how
// many events that is. All of two or more runs in a row is a block, as a loss leaves it;
// one run is a few seconds of a collector, which a hand can take as well.
func (s *shape) missing(e *epoch, of []uint64) {
	whole := func(i int) bool { return i >= 0 && i < len(of) && of[i] > 0 && of[i] == e.runs[i].Count }
	for i, n := range of {
		if n == 0 {
			continue
		}
		s.in(e)
		s.span(e.runs[max(i-1, 0)].Time, e.runs[i].Time)
		if whole(i) && (whole(i-1) || whole(i+1)) || whole(i-1) && whole(i-2) || whole(i+1) && whole(i+2) {
			s.blocks += n
		} else {
			s.single += n
		}
	}
}

// when is the time in which what is missing was sealed, for people.
func (s *shape) when() string {
	at := func(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }
	if s.from == 0 {
		return "until " + at(s.to)
	}
	return "between " + at(s.from) + " and " + at(s.to)
}

// reingest is the command that brings back what Kafka still has.
func (s *shape) reingest() string {
	if s.from == 0 {
		return "mcptrail reingest --from beginning"
	}
	return "mcptrail reingest --from " + time.Unix(0, s.from).UTC().Format(time.RFC3339)
}

// causes are the likeliest ones, the worst first. None of them is proven by a record alone:
// who may write to the tables can imitate each.
func (s *shape) causes(waiting uint64) (all []Cause) {
	add := func(do, format string, args ...any) {
		all = append(all, Cause{Likely: fmt.Sprintf(format, args...), Do: do})
	}
	runs := count(uint64(len(s.epochs)), "collector run")
	if s.changed > 0 {
		add("keep a copy of the tables as they are, find out who may write to ClickHouse, and compare with a bundle or backup made before; reading from Kafka again mends no row that is there",
			"somebody changed the record, or a disk did: rows differ from what was sealed, which no loss of a log and no older copy brings about")
	}
	if s.empty > 0 {
		add("mcptrail doctor says whether ingest found either; "+s.reingest()+" brings back what Kafka still has, collectors send again what is in their spools, and a later backup has the rest. If nothing of this happened, somebody deleted seals and events together",
			"an older copy of the store was put back, or a log was lost before it was stored: of %s seals and the events under them are gone together, sealed %s", runs, s.when())
	}
	if s.blocks > 0 {
		add("mcptrail doctor says whether ingest found a topic made anew or cut short; "+s.reingest()+" brings back what Kafka still has. If neither helps, somebody deleted the rows of that time",
			"the log of events was lost for a time, or rows of a time were deleted: %s under several seals in a row are gone, sealed %s, and the seals are there", count(s.blocks, "event"), s.when())
	}
	if s.bare > 0 {
		add(s.reingest()+" --topic mcptrail.seals brings back what Kafka still has; the events stay unproven without their seals",
			"the log of seals was lost for a time, or seals were deleted: the events between them are there, sealed %s", s.when())
	}
	if s.single > 0 {
		add(s.reingest()+" brings back what Kafka still has; find out who may write to ClickHouse. Only where doctor names a partition that was lost, that may be the cause",
			"somebody deleted single rows: %s %s gone among others that are there, and no fault takes single ones", count(s.single, "event"), areNot(s.single))
	}
	if s.cloned > 0 {
		add("remove identity.key and identity.epochs on all hosts but one, so that each makes its own, and trust the new keys; leave neither in an image",
			"identity.key is used on two hosts, which came from one image, or a backup of it was put back: %s has a number that another run has too", count(uint64(s.cloned), "collector run"))
	}
	if s.unborn > 0 {
		add("look on the collector's host with mcptrail-collector status, and send what it has with mcptrail-collector ship; if it has nothing, an older copy of the store was put back or somebody removed the run",
			"%s left nothing: it was killed before it could send, its records are still in its spool, or they are gone", count(uint64(s.unborn), "collector run"))
	}
	if s.silent > 0 {
		add("if it was killed: mcptrail-collector status on its host says what is still in its spool, and mcptrail-collector ship sends it. If its host cannot reach Kafka: bring that back",
			"%s was killed, or its host cannot reach Kafka: it said no last word", count(uint64(s.silent), "collector run"))
	}
	if waiting > 0 {
		add("wait, and check again; if it stays, mcptrail doctor says what ingest waits for. After 15 minutes they count as missing",
			"ingest is behind: waiting for %s", count(waiting, "sealed event"))
	}
	return all
}
