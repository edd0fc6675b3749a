package link

import (
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// A Connection is how a user is connected, for whoever looks after it. It has no secret.
type Connection struct {
	User  string `json:"user_id"`
	Route string `json:"route"`
	State string `json:"state"`
	Every string `json:"every"`
	// NextAt is when the next fetch is due; absent where none is.
	NextAt *time.Time `json:"next_at,omitempty"`
	// TriedAt and SyncedAt are the last fetch, and the last that succeeded.
	TriedAt  *time.Time `json:"tried_at,omitempty"`
	SyncedAt *time.Time `json:"synced_at,omitempty"`
	Failing  *Failing   `json:"failing,omitempty"`
	Days     *Days      `json:"days,omitempty"`
	Exports  *Exports   `json:"exports,omitempty"`
	Types    []Type     `json:"types"`
}

// Failing is why nothing comes.
type Failing struct {
	Class    string    `json:"class"`
	Reason   string    `json:"reason"`
	Failures int       `json:"failures"`
	Since    time.Time `json:"since"`
}

// Days are those that are here without a gap, and how many before them are
// wanted still.
type Days struct {
	From    record.Date `json:"from"`
	To      record.Date `json:"to"`
	Since   record.Date `json:"since,omitempty"`
	Missing int         `json:"missing"`
	Paused  bool        `json:"history_paused"`
}

// Exports is the budget of the last 24 hours.
type Exports struct {
	Spent int `json:"spent"`
	Cap   int `json:"per_day"`
}

// A Type is what came last of one sort of document.
type Type struct {
	Type      string     `json:"type"`
	SyncedAt  time.Time  `json:"synced_at"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	Rows      int        `json:"rows"`
	store.Tally
}

func of(c store.Connection) Connection {
	out := Connection{
		User: c.User, Route: c.Route, State: c.State, Every: c.Every.String(),
		NextAt: instant(c.NextAt), TriedAt: instant(c.Tried), SyncedAt: instant(c.Synced), Types: []Type{},
	}
	if c.Class != "" {
		out.Failing = &Failing{c.Class, c.Reason, c.Failures, c.FailingSince}
	}
	if c.CoveredFrom != "" {
		out.Days = &Days{From: c.CoveredFrom, To: c.CoveredTo, Since: c.Since, Paused: c.History == store.HistoryPaused}
		if c.Behind() {
			out.Days.Missing = between(c.Since, c.CoveredFrom)
		}
	}
	if c.Cap > 0 {
		out.Exports = &Exports{len(c.Spent), c.Cap}
	}
	for _, t := range c.Types {
		out.Types = append(out.Types, Type{t.Type, t.At, instant(t.Changed), t.Rows, t.Tally})
	}
	return out
}

func instant(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// between counts the days from one to before another.
func between(from, to record.Date) int {
	a, errA := time.Parse(time.DateOnly, string(from))
	b, errB := time.Parse(time.DateOnly, string(to))
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// A Change is what to change of a connection; nil and empty texts leave it as it is.
type Change struct {
	// State is live or paused.
	State *string `json:"state,omitempty"`
	Every *string `json:"every,omitempty"`
	Since *string `json:"since,omitempty"`
	// HistoryPaused keeps days before those that are here from being fetched.
	HistoryPaused *bool `json:"history_paused,omitempty"`
	// Now asks for a fetch at once.
	Now bool `json:"now,omitempty"`
}

func (c Change) read() (change store.ConnectionChange, err error) {
	change.Now = c.Now
	if c.State != nil {
		if *c.State != store.Live && *c.State != store.Halted {
			return change, fault.BadParam("state", "the state is %q; it can be set to live or paused", *c.State)
		}
		change.State = c.State
	}
	if c.Every != nil && *c.Every != "" {
		every, err := time.ParseDuration(*c.Every)
		if err != nil || every < least {
			return change, fault.BadParam("every", "not a time of at least %v such as 15m: %q", least, *c.Every)
		}
		change.Every = &every
	}
	if c.Since != nil && *c.Since != "" {
		since, err := record.ParseDate(*c.Since)
		if err != nil {
			return change, fault.BadParam("since", "%s", err)
		}
		change.Since = &since
	}
	if c.HistoryPaused != nil {
		history := ""
		if *c.HistoryPaused {
			history = store.HistoryPaused
		}
		change.History = &history
	}
	return change, nil
}
