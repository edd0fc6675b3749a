package terra

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/kept"
)

// Terra limits what may be asked for a user (docs.tryterra.co, rate-limits):
// r1, at most 1,825 days in one request; r2, at most 6,000 days in any hour.
// Here r2 counts what is to be delivered, since that is work which outlasts the
// request; data in the answer itself comes from memory and counts for nothing.
// Each process counts for itself, and forgets when it ends.
const (
	maxDays     = 1825
	daysPerHour = 6000
	window      = time.Hour
	maxCounted  = 100_000 // users; the one who asked least recently is forgotten
)

// limits counts for each user the days that were asked for.
type limits struct {
	now   func() time.Time
	users *kept.Cache[userKey, *spending]
}

type userKey struct{ tenant, user string }

// spending is what one user was asked for within the window, oldest first.
type spending struct {
	mu    sync.Mutex
	asked []asked
}

type asked struct {
	at   time.Time
	days int
}

func newLimits(now func() time.Time) *limits {
	return &limits{now, kept.New(kept.Options[userKey, *spending]{Size: maxCounted, Read: window})}
}

// take counts days for a user, or refuses them with a fault. Either way it
// returns the header fields that say how much is left; 0 days only ask.
func (l *limits) take(tenant, user string, days int) ([][2]string, error) {
	k := userKey{tenant, user}
	s, ok := l.users.Get(k)
	if !ok {
		if days == 0 {
			return left(daysPerHour, 0), nil
		}
		s = l.users.SetIfAbsent(k, &spending{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := l.now()
	spent := s.forget(now)
	if spent+days > daysPerHour {
		return [][2]string{{"X-Terra-RateLimit-Rule", "r2"}, {"Retry-After", seconds(s.wait(now, spent+days-daysPerHour))}},
			fault.New(fault.RateLimited, "rate limit exceeded: %d days may be asked for in an hour, for one user", daysPerHour)
	}
	if days > 0 {
		s.asked = append(s.asked, asked{now, days})
	}
	return left(daysPerHour-spent-days, s.wait(now, spent+days)), nil
}

// forget drops what is older than the window and returns the sum of the rest.
func (s *spending) forget(now time.Time) (spent int) {
	for len(s.asked) > 0 && now.Sub(s.asked[0].at) >= window {
		s.asked = s.asked[1:]
	}
	for _, a := range s.asked {
		spent += a.days
	}
	return spent
}

// wait returns how long it takes until so many days are forgotten.
func (s *spending) wait(now time.Time, days int) time.Duration {
	for _, a := range s.asked {
		if days -= a.days; days <= 0 {
			return a.at.Add(window).Sub(now)
		}
	}
	return 0
}

func left(days int, reset time.Duration) [][2]string {
	return [][2]string{
		{"X-Terra-RateLimit-Limit", strconv.Itoa(daysPerHour)},
		{"X-Terra-RateLimit-Remaining", strconv.Itoa(days)},
		{"X-Terra-RateLimit-Reset-After", seconds(reset)},
	}
}

// seconds rounds up: who comes back then is not too early.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// errTooLong is the refusal of rule r1, which no waiting helps against.
var errTooLong error = &fault.Error{
	Kind: fault.RateLimited, Param: "end_date", Message: "rate limit exceeded: one request may ask for 1825 days",
}

// ruleOf returns the header field that names the rule behind an error.
func ruleOf(err error) [][2]string {
	if errors.Is(err, errTooLong) {
		return [][2]string{{"X-Terra-RateLimit-Rule", "r1"}}
	}
	return nil
}
