package demo

import (
	"math/rand/v2"
	"time"

	"nutrigate/mapping/record"
)

// A person is a seed. Every day is drawn from its own streams of numbers.
type person struct {
	seed uint64
	end  record.Date
}

// A day is what the person logged on one day.
type day struct {
	date         record.Date
	completed    bool
	servings     []serving
	exercises    []exercise
	measurements []measurement
	notes        []note
	fasts        []fast
}

// empty reports whether nothing was logged.
func (d *day) empty() bool {
	return len(d.servings)+len(d.exercises)+len(d.measurements)+len(d.notes)+len(d.fasts) == 0
}

// The streams of a day: what is drawn from one never moves another.
const (
	streamDay = iota
	streamFood
	streamExercise
	streamMeasurement
	streamWords
)

func (p person) stream(number, which int) *rand.Rand {
	// The numbers make a made-up person and guard nothing.
	return rand.New(rand.NewPCG(p.seed, uint64(number)<<8|uint64(which))) //nolint:gosec // see above
}

// day returns one day. On one in thirty nothing is logged, and on one in
// twelve no food. The day of the export is not over: only its first part is there.
func (p person) day(date record.Date) day {
	n := dayNumber(date)
	d := day{date: date}
	mood := p.stream(n, streamDay)
	if mood.IntN(30) == 0 {
		return d
	}
	today := date == p.end
	if mood.IntN(12) != 0 {
		d.servings = eat(p.stream(n, streamFood), today)
		d.completed = mood.IntN(10) != 0 && !today
	}
	d.measurements = measure(p.stream(n, streamMeasurement), n, today)
	if today {
		return d
	}
	d.exercises = move(p.stream(n, streamExercise), n)
	words := p.stream(n, streamWords)
	d.notes = write(words)
	d.fasts = abstain(words, date)
	return d
}

// dayNumber counts days from 1970-01-01, a Thursday.
func dayNumber(d record.Date) int {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0 // export checked it
	}
	return int(t.Unix() / int64(24*time.Hour/time.Second))
}

// weekday is 0 for Sunday.
func weekday(number int) int { return ((number+4)%7 + 7) % 7 }

// one picks an element.
func one[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// between picks a whole number of the closed range.
func between(r *rand.Rand, least, most int) int { return least + r.IntN(most-least+1) }
