package listen

// maxSeen bounds how many ids are remembered.
const maxSeen = 10_000

// seen remembers the ids that came last, to tell a delivery that came before.
type seen struct {
	ids  map[string]bool
	ring []string
	next int
}

func newSeen(size int) seen {
	return seen{ids: map[string]bool{}, ring: make([]string, size)}
}

// again reports whether the id was there, and remembers it in place of the oldest.
func (s *seen) again(id string) bool {
	if s.ids[id] {
		return true
	}
	delete(s.ids, s.ring[s.next])
	s.ids[id], s.ring[s.next] = true, id
	s.next = (s.next + 1) % len(s.ring)
	return false
}
