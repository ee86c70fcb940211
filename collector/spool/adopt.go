package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// adopter takes over the sets of dead processes. The flock of a set decides between living
// processes; adopting only keeps two goroutines of this one apart.
type adopter struct {
	inv *inventory

	// adopting is held by Adopt, and by Close, so that no set is loaded that nobody would
	// release. It is taken before the token, the reading lock and mu.
	adopting sync.Mutex
}

// maxAdopted bounds the sets, and so the open files, that one process has.
const maxAdopted = 64

// Adopt takes over the sets of dead processes, oldest first, and returns how many. Call it
// periodically: processes die at any time. Sets that a living process has locked are skipped.
func (a *adopter) Adopt() (int, error) {
	a.adopting.Lock()
	defer a.adopting.Unlock()
	ids, err := sets(a.inv.options.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil // the next write makes it again
	} else if err != nil {
		return 0, fmt.Errorf("looking for sets to adopt: %w", err)
	}
	a.sweep()
	adopted := 0
	var failed error
	for _, id := range ids {
		if !a.mayAdopt(id) {
			continue
		}
		set, err := loadSet(a.inv.options.Dir, id)
		switch {
		case errors.Is(err, errLocked) || errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			failed = errors.Join(failed, err)
			continue
		case len(set.segments) == 0:
			failed = errors.Join(failed, set.release())
			continue
		}
		// Nothing is appended to an adopted set, so its reserve is only space. addSet counts the
		// segments alone, so the reserve must go first.
		os.Remove(filepath.Join(set.dir, reserveName))
		a.hold(set)
		if !a.addSet(set) {
			return adopted, errors.Join(failed, set.release(), ErrClosed)
		}
		adopted++
		a.inv.stats.Adopted.Add(1)
		signal(a.inv.readable)
	}
	return adopted, failed
}

// mayAdopt reports whether a set is neither the own one nor adopted already, and one more may be
// open. The answer stays valid while adopting is held: only Adopt adds sets of others.
func (a *adopter) mayAdopt(id uuid.UUID) bool {
	a.inv.mu.Lock()
	defer a.inv.mu.Unlock()
	return id != a.inv.options.Epoch && len(a.inv.sets) < maxAdopted &&
		!slices.ContainsFunc(a.inv.sets, func(have *set) bool { return have.id == id })
}

// addSet makes a loaded set visible to the reader and counts its bytes; false means that the spool
// was closed meanwhile, and the caller still has to release the set. From here on mu guards it.
func (a *adopter) addSet(set *set) bool {
	a.inv.mu.Lock()
	defer a.inv.mu.Unlock()
	if a.inv.closed {
		return false
	}
	a.inv.sets = append(a.inv.sets, set)
	for _, segment := range set.segments {
		a.inv.used += segment.size
	}
	return true
}

// hold opens the newest segments of a set of a dead process, as long as fewer than maxHeld of
// such sets are open. The set is not visible to other goroutines yet.
func (a *adopter) hold(set *set) {
	a.inv.mu.Lock()
	held := 0
	for _, other := range a.inv.sets {
		if other != a.inv.own {
			for _, segment := range other.segments {
				if segment.file != nil {
					held++
				}
			}
		}
	}
	a.inv.mu.Unlock()
	for _, segment := range slices.Backward(set.segments) {
		if held++; held > maxHeld {
			return
		}
		segment.file, _ = os.Open(segment.path) // what cannot be opened now is read, or named, in its turn
	}
}

// sweep removes folders of processes that died while they created or removed a set. An hour
// of age keeps it from racing with a living process between its Mkdir and its lock.
func (a *adopter) sweep() {
	entries, err := os.ReadDir(a.inv.options.Dir)
	if err != nil {
		return // the caller has just read it
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), newPrefix) && !strings.HasPrefix(e.Name(), oldPrefix) {
			continue
		}
		info, err := e.Info()
		if err != nil || a.inv.now().Sub(info.ModTime()) < time.Hour {
			continue
		}
		// A living process holds the lock of a folder that it is still filling.
		path := filepath.Join(a.inv.options.Dir, e.Name())
		if held, err := lock(path, lockExclusive); err == nil {
			os.RemoveAll(path)
			held.Close()
		}
	}
}
