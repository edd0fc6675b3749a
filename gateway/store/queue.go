package store

import (
	"encoding/json"
	"time"

	"nutrigate/mapping/record"
)

// A Lane is an endpoint that one process works for.
type Lane struct {
	Endpoint
	// Seq is the last event that was made into deliveries; Last is the last of the tenant.
	Seq, Last int64
	// Announced is the last event that the endpoint was told of before what
	// comes of it was made.
	Announced int64
	// Checked is when it was last time for a healthcheck; zero: never.
	Checked time.Time
	// SlowUntil is when the receiver, who had too much, may be called again.
	SlowUntil time.Time
	// Holder works for it, until Until; empty: nobody does.
	Holder string
	Until  time.Time
}

// A Logged is a line of the log.
type Logged struct {
	Seq  int64
	User string
	// Records says that it is about records, of Kind and Day; otherwise Kind is
	// an Event's type.
	Records   bool
	Kind      string
	Day       record.Date
	Gone      int // records of the day that are there no longer
	At        time.Time
	Detail    json.RawMessage
	Reference string
}

// A Parcel is a delivery with its bytes.
type Parcel struct {
	Delivery
	MediaType string
	Body      []byte
	// Parent is the delivery that was too large and of which this is a part.
	Parent string
	// Days are those that the parcels of the Batch tell of as a whole: a later
	// batch for the same user, type and day makes this one needless. Empty where
	// that cannot be said.
	Days  []record.Date
	Batch string
	// History says that it tells of what is long gone: what is new is sent first.
	History bool
}

// An Emission is what came of a stretch of the log for one endpoint.
type Emission struct {
	Tenant, Endpoint string
	Holder           string
	// From is the event before the stretch, To the last of it.
	From, To int64
	// Announced, unless 0, is the event that the parcels announce.
	Announced int64
	// Checked, unless zero, is when it was time for a healthcheck.
	Checked time.Time
	// Stage, unless 0, is how far its subscription comes with that.
	Stage   Stage
	Parcels []Parcel
}

// An Outcome is what came of an attempt.
type Outcome struct {
	Delivery // State, NextAt and Class as they are now
	Attempt  Attempt
	// Disable says why the endpoint gets nothing any more; empty: it does.
	Disable string
	// Flag says what stands against the endpoint, which goes on as it was; empty: nothing.
	Flag string
	// SlowUntil, unless zero, is when the endpoint may be called again.
	SlowUntil time.Time
	// Parts take the place of a delivery that was too large.
	Parts []Parcel
}

// Traffic is what went to an endpoint of late.
type Traffic struct {
	// LastHour counts the deliveries made in the hour before and sent at least
	// once, HourBefore those of the hour before that.
	LastHour, HourBefore int
	// Checking says that a healthcheck or a heartbeat waits to be sent.
	Checking bool
}
