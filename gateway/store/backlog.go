package store

import "time"

// What is held or dead is kept for a time, and as much of it for each endpoint;
// then the oldest is deleted. What waits never is, nor is what waits for an
// endpoint that is paused.
const (
	KeepHeld      = 90 * 24 * time.Hour
	KeepHeldBytes = 1 << 30
)

// A Backlog is what waits for an endpoint, for the first time or again, and what
// is held or dead.
type Backlog struct {
	Endpoint string
	Waiting  int
	Oldest   time.Time // when the oldest of them was made; zero where nothing waits
	Kept     Kept
}

// Kept is what is held or dead.
type Kept struct {
	Deliveries int
	Bytes      int64
	Oldest     time.Time // when the oldest of them was made; zero where there is none
}

// Expires is when the oldest is deleted, if its size does not end it before;
// zero where there is none.
func (k Kept) Expires() time.Time {
	if k.Deliveries == 0 {
		return time.Time{}
	}
	return k.Oldest.Add(KeepHeld)
}
