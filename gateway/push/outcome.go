package push

import (
	"net/http"
	"strconv"
	"time"

	"nutrigate/gateway/store"
)

// jitter is by how much a wait may be longer or shorter, at random.
const jitter = 0.2

// throttle is how long an endpoint that has too much is left alone at least.
const throttle = 5 * time.Second

// judge says what an attempt means for its delivery and its endpoint: every
// attempt that was no success is followed by another, until the schedule ends,
// except where the receiver is gone for good, or the address may not be called:
// that is held, and the endpoint says so, but stays enabled, since a name may
// mean another address tomorrow.
func (p *Push) judge(e store.Endpoint, parcel *store.Parcel, answer Answer, began time.Time, took time.Duration) store.Outcome {
	n := parcel.Attempts + 1
	o := store.Outcome{Delivery: parcel.Delivery}
	o.Attempts = n
	o.Class = classOf(answer)
	o.NextAt = time.Time{}
	o.Attempt = store.Attempt{N: n, At: began, Status: answer.Status, Took: took, Class: o.Class}
	switch {
	case o.Class == "":
		o.State = store.Delivered
	case o.Class == Refused:
		o.State, o.Flag = store.Held, "the address may not be called"
	case answer.Status == http.StatusGone:
		o.State, o.Disable = store.Held, "the receiver answered 410 Gone"
	case answer.Status == http.StatusRequestEntityTooLarge && parcel.Parent == "" && e.Subscription == nil && split(&o, parcel):
	default:
		p.retry(&o, e, answer)
	}
	if o.Type == store.Handshake && (o.State == store.Dead || o.State == store.Held) && o.Disable == "" {
		o.Disable = "the handshake was not answered"
	}
	return o
}

// retry sets when the next attempt is, or that there is none.
func (p *Push) retry(o *store.Outcome, e store.Endpoint, answer Answer) {
	now := p.Now()
	asked := min(answer.RetryAfter, longest(e.Schedule))
	if throttled(answer) {
		o.SlowUntil = now.Add(max(throttle, asked))
	}
	if o.Attempts >= len(e.Schedule) {
		o.State = store.Dead
		return
	}
	wait := time.Duration(float64(e.Schedule[o.Attempts]) * (1 - jitter + 2*jitter*p.random()))
	o.State, o.NextAt = store.Waiting, now.Add(max(wait, asked))
}

func longest(schedule []time.Duration) (longest time.Duration) {
	for _, wait := range schedule {
		longest = max(longest, wait)
	}
	return longest
}

// classOf names what went wrong; empty: nothing did.
func classOf(a Answer) string {
	switch {
	case a.Class != "":
		return a.Class
	case a.Status >= 200 && a.Status <= 299:
		return ""
	case a.Status >= 300 && a.Status <= 399:
		return "redirect"
	case a.Status == http.StatusGone:
		return "gone"
	case a.Status == http.StatusRequestEntityTooLarge:
		return "too_large"
	case throttled(a):
		return "throttled"
	}
	return "status_" + strconv.Itoa(a.Status/100) + "xx"
}

// throttled reports whether the receiver has too much, and not only of this delivery.
func throttled(a Answer) bool {
	switch a.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return a.RetryAfter > 0
}
