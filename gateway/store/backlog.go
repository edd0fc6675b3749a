package store

import "time"

// A Backlog is what waits for an endpoint, for the first time or again.
type Backlog struct {
	Endpoint string
	Waiting  int
	Oldest   time.Time // when the oldest of them was made; zero where nothing waits
}
