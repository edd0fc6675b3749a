package store

import "time"

// Failing is how an endpoint has failed since its last success. The clock that
// ends in its being disabled starts late, so that a short outage, or a test with
// one bad request, does not start it: once deliveries have failed for half a day
// within one day, and not only one of them (Svix and Junction have this rule).
type Failing struct {
	// First and Last are the first and the last failure that count, FirstOf and
	// LastOf the deliveries whose they were; zero: there is none.
	First, Last     time.Time
	FirstOf, LastOf string
	// Since is when the clock started; zero: it has not.
	Since time.Time
}

const (
	failingApart  = 12 * time.Hour     // between the failures that start the clock, at least
	failingWithin = 24 * time.Hour     // and at most
	failingLimit  = 5 * 24 * time.Hour // until the endpoint is disabled
)

// Failed returns f after another failure.
func (f Failing) Failed(at time.Time, delivery string) Failing {
	switch {
	case f.First.IsZero():
		f.First, f.FirstOf = at, delivery
	case at.Sub(f.First) > failingWithin && at.Sub(f.Last) <= failingWithin:
		f.First, f.FirstOf = f.Last, f.LastOf
	case at.Sub(f.First) > failingWithin:
		f.First, f.FirstOf = at, delivery
	}
	if f.Since.IsZero() && delivery != f.FirstOf && at.Sub(f.First) >= failingApart {
		f.Since = at
	}
	f.Last, f.LastOf = at, delivery
	return f
}

// Over reports whether the endpoint has failed for too long by then.
func (f Failing) Over(at time.Time) bool {
	return !f.Since.IsZero() && at.Sub(f.Since) >= failingLimit
}
