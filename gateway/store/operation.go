package store

import (
	"slices"
	"time"
)

// What the gateway tells of its own work. The first two go to those endpoints
// that name them among their Types, except the one that they are about; a test
// goes to the one that it is about, whatever its Types.
const (
	DeliveryExhausted = "delivery.exhausted" // a delivery was given up after its last attempt
	EndpointDisabled  = "endpoint.disabled"  // an endpoint gets nothing any more, and nobody asked for that
	EndpointTest      = "endpoint.test"
)

// Operational reports whether events of the type are about the gateway's work.
func Operational(typ string) bool {
	return slices.Contains([]string{DeliveryExhausted, EndpointDisabled, EndpointTest}, typ)
}

// An Operation is the Detail of an operational event, and what the webhook says.
type Operation struct {
	At       time.Time `json:"at"`                    // in UTC
	Endpoint string    `json:"endpoint_id"`           // which it is about
	Reason   string    `json:"reason,omitempty"`      // why it was disabled
	Delivery string    `json:"delivery_id,omitempty"` // which was given up, and what was known of it
	Type     string    `json:"delivery_type,omitempty"`
	User     string    `json:"user_id,omitempty"`
	Attempts int       `json:"attempts,omitempty"`
	Class    string    `json:"class,omitempty"`
}
