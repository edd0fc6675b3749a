package record

import (
	"bytes"
	"errors"
	"strings"
)

// An Exercise is one exercise as logged. Record.Time, where there is one, is
// its start.
//
// What is measured while it goes on is counted from that start, in seconds.
type Exercise struct {
	Name string `json:"name"`
	// Device is the app or device that delivered it; empty where entered by hand.
	Device string `json:"device,omitempty"`
	Group  string `json:"group,omitempty"`
	// Duration is in minutes as written, without pauses where the source knows
	// of any; absent where the document gives none.
	Duration *Quantity `json:"duration,omitempty"`
	// Energy is the energy burned, positive; absent where the document gives none.
	Energy *Quantity `json:"energy,omitempty"`
	// EndDay and EndTime are when it was over, on the clock of Record.Zone, where
	// the source says so.
	EndDay  Date  `json:"end_day,omitempty"`
	EndTime Clock `json:"end_time,omitempty"`
	// Distance is how far the person came; absent where the document gives none.
	Distance *Quantity `json:"distance,omitempty"`
	// HeartRate is what the source says of the whole exercise.
	HeartRate *Spread `json:"heart_rate,omitempty"`
	Events    []Event `json:"events,omitempty"`
	Tracks    []Track `json:"tracks,omitempty"`
}

// A Spread is what a source says of many values. At least one is there.
type Spread struct {
	Average *Quantity `json:"average,omitempty"`
	Min     *Quantity `json:"min,omitempty"`
	Max     *Quantity `json:"max,omitempty"`
}

// The types of Event.
const (
	EventPause   = "pause"
	EventResume  = "resume"
	EventLap     = "lap"     // from At for Length
	EventSegment = "segment" // from At for Length
	EventMarker  = "marker"
)

// An Event is something that happened in an exercise.
type Event struct {
	Type   string  `json:"type"`
	At     Decimal `json:"at"`
	Length Decimal `json:"length,omitempty"` // seconds, where the source gives them
}

// What tracks measure.
const (
	TrackHeartRate = "heart_rate"
	TrackLatitude  = "latitude"
	TrackLongitude = "longitude"
	TrackAltitude  = "altitude"
	TrackSpeed     = "speed"
	TrackDistance  = "distance" // so far
	TrackCadence   = "cadence"
	TrackPower     = "power"
	TrackEnergy    = "energy" // so far
)

// A Track is what one device measured of one thing, in one unit, in the order
// of time.
type Track struct {
	What   string `json:"what"`
	Device string `json:"device,omitempty"`
	Unit   string `json:"unit"` // a UCUM code
	Points Points `json:"points"`
}

// A Point is one sample: when, and what was measured, digits as written.
type Point struct{ At, Value Decimal }

// Points are samples. As text and in JSON they are "0 121;5 122": an hour at
// one a second takes some 30 KB so, and four times as much as JSON objects.
type Points []Point

// MarshalText writes the samples.
func (p Points) MarshalText() ([]byte, error) {
	var b []byte
	for i, s := range p {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(append(append(b, s.At...), ' '), s.Value...)
	}
	return b, nil
}

// UnmarshalText reads what MarshalText writes.
func (p *Points) UnmarshalText(text []byte) error {
	list := make(Points, 0, bytes.Count(text, []byte(";"))+1)
	for one := range strings.SplitSeq(string(text), ";") {
		at, value, _ := strings.Cut(one, " ")
		if !plainDecimal(at) || !plainDecimal(value) {
			return errors.New("not samples of the form 0 121;5 122")
		}
		list = append(list, Point{Decimal(at), Decimal(value)})
	}
	*p = list
	return nil
}
