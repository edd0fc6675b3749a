package sync

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// patience is how long a class of failure waits for the next try, and doubles
// each time up to the longest.
var patience = map[source.Class]time.Duration{
	source.Down:          time.Minute,
	source.FormatChanged: time.Hour,
	source.Throttled:     90 * time.Minute, // lock-outs of 70 minutes and more were seen
	source.Credentials:   6 * time.Hour,    // each try counts as a failed login
	source.OneTimeCode:   6 * time.Hour,
	unknown:              time.Minute,
}

const (
	longest = 24 * time.Hour
	// unknown is a failure of our own: nobody is told, and the log has it.
	unknown source.Class = "internal"
	// tellAfter is how many failures in a row make an event where it may pass by itself.
	tellAfter = 3
)

// end returns what to store of a job that ended with err, and when to go on. An
// error is that of reading what it needs for it.
func (j *job) end(err error, ctx context.Context) (store.Settlement, error) { //nolint:revive // the error is what it is about
	n := store.Settlement{Holder: j.Holder}
	switch {
	case err == nil:
		j.Class, j.Reason, j.Failures, j.FailingSince, j.Told = "", "", 0, time.Time{}, false
		j.NextAt = j.now.Add(j.jittered(j.Every))
		if j.Behind() && !j.counted() && j.History != store.HistoryPaused {
			j.NextAt = j.now // others had their turn
		}
	case ctx.Err() != nil: // told to stop: whoever comes next goes on
		j.NextAt = j.now
	case errors.Is(err, errNotNow) || fault.KindOf(err) == fault.RateLimited: // our own budget; nothing is wrong
		j.NextAt = j.now.Add(j.jittered(j.Every))
	default:
		n = j.failed(n, classify(err))
	}
	if j.counted() {
		c, err := j.Store.Connection(context.WithoutCancel(ctx), j.Tenant, j.User)
		if err != nil {
			return n, err
		}
		if free := c.Free(j.route.Exports, j.now); free.After(j.NextAt) {
			j.NextAt = free
		}
	}
	n.Connection = j.Connection
	return n, nil
}

// failed adds what a failure is: slower, told once, and over where the access
// was taken back.
func (j *job) failed(n store.Settlement, f *source.Failure) store.Settlement {
	if j.Failures++; j.FailingSince.IsZero() {
		j.FailingSince = j.now
	}
	j.Class, j.Reason = string(f.Class), f.Message
	j.Log.Warn("sync failed", "user", j.User, "route", j.Connection.Route, "class", j.Class, "failures", j.Failures, "cause", f.Cause)
	if f.Class == source.Revoked {
		n.End = true
		n.Events = []store.Event{event("access_revoked", "The user took the access back at the source", "")}
		return n
	}
	wait := patience[f.Class]
	for range min(j.Failures-1, 12) {
		wait = min(2*wait, longest)
	}
	j.NextAt = j.now.Add(max(j.jittered(wait), f.After))
	passes := f.Class == source.Down || f.Class == source.Throttled
	if !j.Told && f.Class != unknown && (!passes || j.Failures >= tellAfter) {
		j.Told = true
		n.Events = []store.Event{event("connection_error", "What the user logged cannot be fetched", string(f.Class))}
	}
	return n
}

// event makes one of a connection.
func event(typ, message, reason string) store.Event {
	detail, err := json.Marshal(struct {
		Message string `json:"message"`
		Reason  string `json:"reason,omitempty"`
	}{message, reason})
	if err != nil { // texts always encode
		detail = nil
	}
	return store.Event{Type: typ, Detail: detail}
}

// jittered spreads a time by a tenth to both sides.
func (j *job) jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*j.Random()))
}

// classify makes a failure of any error. Documents that cannot be read are in
// another form than is known; their errors name places alone.
func classify(err error) *source.Failure {
	if f, ok := errors.AsType[*source.Failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*mapping.ReadError](err); ok {
		return &source.Failure{Class: source.FormatChanged, Message: e.Error()}
	}
	return &source.Failure{Class: unknown, Message: "the gateway could not store it, and tries again", Cause: err}
}
