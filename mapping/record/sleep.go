package record

import (
	"slices"

	"github.com/cockroachdb/apd/v3"
)

// A Sleep is one sleep, or one time in bed. Record.Day and Record.Time are its start.
type Sleep struct {
	// Device is the app or device that delivered it; empty where entered by hand.
	Device string `json:"device,omitempty"`
	// EndDay and EndTime are its end, on the clock of Record.Zone.
	EndDay  Date  `json:"end_day"`
	EndTime Clock `json:"end_time"`
	// Stages are what is known of its parts, by their start. They may leave gaps,
	// and a time in bed spans others.
	Stages []Stage `json:"stages"`
}

// The stages of sleep.
const (
	StageInBed  = "in_bed"
	StageAsleep = "asleep" // in no stage that the source tells apart
	StageCore   = "core"   // light, N1 and N2
	StageDeep   = "deep"   // N3
	StageREM    = "rem"
	StageAwake  = "awake"
)

// A Stage is one part of a sleep; At is counted from its start, in seconds.
type Stage struct {
	Stage  string  `json:"stage"`
	At     Decimal `json:"at"`
	Length Decimal `json:"length"`
}

// Asleep are the stages in which a person sleeps.
func Asleep() []string { return []string{StageAsleep, StageCore, StageDeep, StageREM} }

// Sum returns how many seconds the stages took together, exactly; missing
// where the sleep has none of them.
func (s *Sleep) Sum(stages ...string) Quantity {
	var sum apd.Decimal
	found := false
	for _, part := range s.Stages {
		if !slices.Contains(stages, part.Stage) {
			continue
		}
		x, err := part.Length.Exact()
		if err != nil {
			continue // no schema allows it
		}
		if _, err := exactSum.Add(&sum, &sum, x); err != nil {
			continue
		}
		found = true
	}
	if !found {
		return Quantity{}
	}
	return Quantity{Value: Decimal(sum.Text('f')), Unit: "s"}
}

// exactSum has more digits than any number of seconds needs.
var exactSum = apd.BaseContext.WithPrecision(60)
