package store

import "encoding/json"

// A Subscription makes an endpoint one of FHIR's: it is told of resources that
// meet its criteria, and not of Terra's events.
type Subscription struct {
	// Client is who made it.
	Client string `json:"client"`
	// Resource is what the client sent, but for what the gateway says itself.
	Resource json.RawMessage `json:"resource"`
	// Ask is that understood, in the words of package push.
	Ask json.RawMessage `json:"ask"`
	// Stage is how far it has come.
	Stage Stage `json:"-"`
	// Told is how many events it was told of since it began. It is never set.
	Told int64 `json:"-"`
}

// A Stage is how far a subscription has come: it begins by being Requested, and
// whoever changes it begins anew.
type Stage int

// The stages.
const (
	Requested Stage = iota
	Greeted         // the handshake waits to be answered
	Active          // it is told of events
)

// What a subscription is sent.
const (
	Handshake    = "handshake"
	Heartbeat    = "heartbeat"
	Notification = "notification"
)
