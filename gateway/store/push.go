package store

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"nutrigate/gateway/fault"
)

// An Event is a line of the log that is not about records: a connection, a
// request for data.
type Event struct {
	Tenant, User string
	// Type is that of the webhook which tells of it, such as "auth" or "deauth",
	// or "request": data to be sent to webhooks.
	Type string
	// Detail is a JSON object without health values, or empty: what else the
	// webhook says, by the names that it has there (message, reason, provider,
	// reference_id, flow_id, widget_session_id, scopes_added, scopes_removed,
	// retry_after_seconds; the status "error" of a failed auth; in old_user, the
	// user as it was before). Of a request: type, and the days from and to.
	Detail json.RawMessage
	// Reference ties the event to the request that caused it; may be empty.
	Reference string
}

// What an endpoint can be.
const (
	Enabled  = "enabled"
	Paused   = "paused"   // deliveries are held, and sent once it is enabled
	Disabled = "disabled" // deliveries are held until they are replayed
)

// ByRequest is why an endpoint is not enabled when somebody said so.
const ByRequest = "by request"

// An Endpoint is an address to which a tenant wants deliveries. What is zero
// has its default when the endpoint is made.
type Endpoint struct {
	Tenant, ID  string
	URL         string
	Description string
	// Types are those of Terra's webhooks that are wanted; empty: all.
	Types   []string
	Payload string // "full" or "thin": ids and days only
	Format  string // "terra" or "fhir"
	// Ordered sends a user's deliveries one after the other, in their order.
	Ordered     bool
	Rate        float64 // requests a second; 0: no limit
	Concurrency int     // requests at one time
	Timeout     time.Duration
	// Schedule has the waits before each attempt, the first included.
	Schedule []time.Duration
	// Ed25519 signs with a key pair too, so that the receiver needs no secret;
	// PublicKey verifies what it signs, and is never set.
	Ed25519   bool
	PublicKey string
	// Headers are fields that are sent with each delivery. They are set where they
	// are not nil, and never read: of what is set, HeaderNames tells.
	Headers     map[string]string
	HeaderNames []string
	// State is Enabled, Paused or Disabled; empty where an endpoint is changed: as
	// it is then, since its receiver may disable it meanwhile.
	State string
	// Reason is why it is not enabled, or, where it is, what stands against its
	// address; empty otherwise. A success takes the latter away.
	Reason string
	// FailingSince is when the clock started at whose end it is disabled, unless
	// something is delivered first; zero: it does not run.
	FailingSince time.Time
	// Subscription, unless nil, makes it one of FHIR's.
	Subscription *Subscription
	Created      time.Time
	Updated      time.Time
}

// What a delivery can be.
const (
	Waiting   = "waiting" // to be sent, for the first time or again
	Delivered = "delivered"
	Held      = "held" // the endpoint takes none now
	Dead      = "dead" // given up after the last attempt
)

// A Delivery is what is sent to an endpoint at one time. Its bytes never change.
type Delivery struct {
	Tenant, Endpoint, ID string
	User                 string // empty where it is about nobody
	Type                 string
	State                string // Waiting, Delivered, Held or Dead
	Attempts             int
	NextAt               time.Time // zero where it is not Waiting, or waits for another
	Created              time.Time
	Reference            string
	TraceID              string // as the receiver sees it, the same at each attempt
	Class                string // of the last failure
	Size                 int
	// Method and Path say how it is sent where that is not by POST to the
	// endpoint's address alone.
	Method, Path string
	// First and Last are the numbers of the events that a notification tells of;
	// 0: it tells of none.
	First, Last int64
}

// An Attempt is one request for a delivery.
type Attempt struct {
	N      int // counted from 1
	At     time.Time
	Status int // of the answer; 0 where there was none
	Took   time.Duration
	Class  string // of the failure; empty where there was none
}

// A DeliveryQuery asks for deliveries, newest first.
type DeliveryQuery struct {
	Tenant string // required
	// What is empty does not matter.
	ID, Endpoint, User, State string
	// From and To bound when the delivery was made, To excluded; zero is open.
	From, To time.Time
	After    string // the next of an earlier page
	Limit    int    // 0: 100
}

// A ReplayQuery says what to send again, at once. Without a State it is what is
// held and dead, and with an ID that one, whatever its state.
type ReplayQuery struct {
	Tenant                    string // required
	ID, Endpoint, User, State string
	From, To                  time.Time
	// NewID sends copies with ids of their own, for a receiver that has to do its
	// work again; what was not delivered is given up for its copy.
	NewID bool
}

// EventTypes lists what an endpoint can be sent, in Terra's words, and at the
// end what it is sent only if it names it.
func EventTypes() []string {
	return []string{
		"activity", "athlete", "body", "daily", "menstruation", "nutrition", "sleep",
		"auth", "auth_cancelled", "deauth", "user_reauth", "access_revoked", "connection_error", "permission_change",
		"processing", "large_request_processing", "large_request_sending", "healthcheck",
		DeliveryExhausted, EndpointDisabled,
	}
}

// DefaultSchedule is the example of Standard Webhooks 1.0.0: ten attempts in 75 hours.
func DefaultSchedule() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// TerraSchedule is what Terra publishes: ten retries, doubling from 30 seconds
// to at most 8 hours (docs.tryterra.co, webhooks).
func TerraSchedule() []time.Duration {
	waits := []time.Duration{0}
	for wait := 30 * time.Second; len(waits) <= 10; wait = min(2*wait, 8*time.Hour) {
		waits = append(waits, wait)
	}
	return waits
}

// What an endpoint has where nothing else is said, and at most.
const (
	defaultConcurrency, maxConcurrency = 8, 64
	defaultTimeout, maxTimeout         = 15 * time.Second, 30 * time.Second
	maxAttempts, maxWait               = 50, 7 * 24 * time.Hour
	maxDescription                     = 500 // bytes
)

// Normal returns the endpoint with its defaults, or an Invalid fault that names
// the setting at fault. Whether its URL may be called is not looked at.
func (e Endpoint) Normal() (Endpoint, error) {
	e.Payload, e.Format = cmp.Or(e.Payload, "full"), cmp.Or(e.Format, "terra")
	if e.ID == "" {
		e.State = cmp.Or(e.State, Enabled)
	}
	e.Concurrency, e.Timeout = cmp.Or(e.Concurrency, defaultConcurrency), cmp.Or(e.Timeout, defaultTimeout)
	if len(e.Schedule) == 0 {
		e.Schedule = DefaultSchedule()
	}
	for _, typ := range e.Types {
		if !slices.Contains(EventTypes(), typ) {
			return e, fault.BadParam("types", "types: no such event type: %q", typ)
		}
	}
	for _, wait := range e.Schedule {
		if wait < 0 || wait > maxWait {
			return e, fault.BadParam("schedule", "schedule: a wait is from 0 to %v", maxWait)
		}
	}
	for _, check := range []struct {
		param string
		ok    bool
		says  string
	}{
		{"tenant", e.Tenant != "", "required"},
		{"url", e.URL != "", "required"},
		{"description", len(e.Description) <= maxDescription && !strings.ContainsFunc(e.Description, unicode.IsControl), "at most 500 bytes, without control characters"},
		{"payload", e.Payload == "full" || e.Payload == "thin", "full or thin"},
		{"format", e.Format == "terra" || e.Format == "fhir", "terra or fhir"},
		{"state", e.State == Enabled || e.State == Paused || e.State == Disabled || (e.State == "" && e.ID != ""), "enabled, paused or disabled"},
		{"rate", e.Rate >= 0 && e.Rate <= 1e6, "requests a second, 0 for no limit"},
		{"concurrency", e.Concurrency > 0 && e.Concurrency <= maxConcurrency, "from 1 to 64"},
		{"timeout", e.Timeout > 0 && e.Timeout <= maxTimeout, "at most 30 seconds"},
		{"schedule", len(e.Schedule) <= maxAttempts, "at most 50 attempts"},
	} {
		if !check.ok {
			return e, fault.BadParam(check.param, "%s: %s", check.param, check.says)
		}
	}
	return e, checkHeaders(e.Headers)
}
