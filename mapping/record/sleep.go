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

// Sum returns how many seconds the person was in any of the stages, exactly:
// what two of them have in common counts once. It is missing where the sleep
// has none of them.
func (s *Sleep) Sum(stages ...string) Quantity {
	parts := s.spans(stages)
	if len(parts) == 0 {
		return Quantity{}
	}
	var sum apd.Decimal
	until := parts[0].from
	for _, p := range parts {
		length := p.length
		switch {
		case p.to.Cmp(until) <= 0 && p.from.Cmp(until) < 0:
			continue
		case p.from.Cmp(until) < 0:
			length = &apd.Decimal{}
			exact(exactSum.Sub(length, p.to, until))
		}
		exact(exactSum.Add(&sum, &sum, length))
		until = p.to
	}
	return Quantity{Value: Decimal(sum.Text('f')), Unit: "s"}
}

type span struct{ from, to, length *apd.Decimal }

// spans returns the parts that are in one of the stages, by their start.
func (s *Sleep) spans(stages []string) []span {
	var parts []span
	for _, part := range s.Stages {
		from, err := part.At.Exact()
		length, err2 := part.Length.Exact()
		if err != nil || err2 != nil || !slices.Contains(stages, part.Stage) {
			continue
		}
		p := span{from, &apd.Decimal{}, length}
		exact(exactSum.Add(p.to, from, length))
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b span) int { return a.from.Cmp(b.from) })
	return parts
}

// exactSum has more digits than any number of seconds needs.
var exactSum = apd.BaseContext.WithPrecision(200)

// exact panics: no decimal of a record is beyond what exactSum can hold.
func exact(_ apd.Condition, err error) {
	if err != nil {
		panic(err)
	}
}
