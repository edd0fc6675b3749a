package applehealth

import (
	"cmp"
	"errors"
	"slices"

	"nutrigate/mapping/record"
)

// A place is where something begins.
type place struct {
	offset int64
	line   int
}

// A run is elements of one day that stand together.
type run struct {
	offset int64 // of the first in the document
	line   int32 // of the first
	count  int32
	day    int32 // the day's place in the plan
}

// A span is a time in seconds since 1970, both ends included.
type span struct{ start, end int64 }

// A plan is where the elements of each day stand, and what of other days has to
// be known to read one.
type plan struct {
	days     []record.Date // in order
	runs     []run         // by day
	starts   []int         // where the runs of each day begin in runs
	at       int           // the next day
	workouts []span        // when there were any, apart from each other, by start
	routes   map[string]place
	twins    map[record.Date][]string
}

// left returns the days that are still to come.
func (p *plan) left() []record.Date { return p.days[p.at:] }

// next returns the next day; false after the last.
func (p *plan) next() (record.Date, bool) {
	if p.at == len(p.days) {
		return "", false
	}
	p.at++
	return p.days[p.at-1], true
}

// of returns the runs of a day.
func (p *plan) of(day record.Date) []run {
	i, found := slices.BinarySearch(p.days, day)
	if !found {
		return nil
	}
	end := len(p.runs)
	if i+1 < len(p.starts) {
		end = p.starts[i+1]
	}
	return p.runs[p.starts[i]:end]
}

// maxRuns bounds the memory of a plan to some 100 MiB: a hundred types over a
// hundred years are less, as long as a type's samples stand in their order.
const maxRuns = 4_000_000

// A planBuilder collects, element by element, which day each is of.
type planBuilder struct {
	plan
	known   map[record.Date]int32
	going   bool // whether the last run goes on
	perDay  []int32
	naps    []nap
	sources map[string]string // the sources of naps
}

// maxElements is the most that one day may have: a day is in memory as a whole,
// and a heart rate each second fits.
const maxElements = 100_000

func newPlanBuilder() planBuilder {
	return planBuilder{
		plan:  plan{routes: map[string]place{}, twins: map[record.Date][]string{}},
		known: map[record.Date]int32{}, sources: map[string]string{},
	}
}

// gap ends a run: what comes next is not of a day.
func (b *planBuilder) gap() { b.going = false }

// add notes an element.
func (b *planBuilder) add(day record.Date, at place) error {
	i, known := b.known[day]
	if !known {
		i = int32(len(b.days))
		b.known[day] = i
		b.days, b.perDay = append(b.days, day), append(b.perDay, 0)
	}
	if b.perDay[i]++; b.perDay[i] > maxElements {
		return errors.New("here one day has more than 100000 samples")
	}
	if b.going && b.runs[len(b.runs)-1].day == i {
		b.runs[len(b.runs)-1].count++
		return nil
	}
	if len(b.runs) == maxRuns {
		return errors.New("the samples of too many days stand in disorder up to here")
	}
	b.runs = append(b.runs, run{offset: at.offset, line: int32(at.line), count: 1, day: i})
	b.going = true
	return nil
}

// settle puts days and runs in order.
func (b *planBuilder) settle() *plan {
	p := b.plan
	order := make([]int32, len(p.days)) // new place of each day
	sorted := slices.Sorted(slices.Values(p.days))
	for i, day := range sorted {
		order[b.known[day]] = int32(i)
	}
	for i := range p.runs {
		p.runs[i].day = order[p.runs[i].day]
	}
	slices.SortStableFunc(p.runs, func(a, b run) int { return cmp.Compare(a.day, b.day) })
	p.days, p.starts = sorted, make([]int, len(sorted))
	for i, r := range slices.Backward(p.runs) {
		p.starts[r.day] = i
	}
	p.workouts = merge(p.workouts)
	return &p
}
