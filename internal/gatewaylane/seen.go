package gatewaylane

import "sync"

// seenLimit bounds what a process remembers: the posts of some full rounds.
const seenLimit = 1024

// seen are the posts whose listener this process itself saw standing on the
// gateway. The instance that asked is mostly woken in the same process, and need
// not read its answer from storage then. Refusals are not remembered: only the
// stored answer says which of two racing rounds decided.
type seen struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (s *seen) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil || len(s.ids) >= seenLimit {
		s.ids = map[string]bool{} // forgetting costs a read, no more
	}
	s.ids[id] = true
}

func (s *seen) take(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.ids[id]
	delete(s.ids, id)
	return found
}
