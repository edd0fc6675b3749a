package demo

import (
	"fmt"
	"strings"
	"sync"

	"nutrigate/mapping/record"
)

// The kinds of file that the diary's own program lets a person download.
const (
	Servings     = "servings"
	DailySummary = "dailySummary"
	Exercises    = "exercises"
	Biometrics   = "biometrics"
	Notes        = "notes"
)

// A Diary is what one synthetic person logged, for whoever plays the program in
// which it was logged. Food can be added to it. What it says depends on the day
// on which it is asked: that day is not over. It is safe for concurrent use.
type Diary struct {
	seed  uint64
	first record.Date
	mu    sync.Mutex
	more  map[record.Date][]serving
}

// NewDiary returns the diary of the person with the seed, who began on first.
func NewDiary(seed uint64, first record.Date) *Diary {
	return &Diary{seed: seed, first: first, more: map[record.Date][]serving{}}
}

// First is the day on which the person began.
func (d *Diary) First() record.Date { return d.first }

// Add logs one more food on a day, and returns its name. Which one depends on how
// many were added on that day before.
func (d *Diary) Add(day record.Date) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := foodsFor()['S']
	f := list[(len(d.more[day])+dayNumber(day))%len(list)]
	// Groups of a day are not sorted by time, and what has none is the last.
	d.more[day] = append(d.more[day], serving{time: noTime, group: plan[len(plan)-1].group, food: f, quarters: 4})
	return f.name
}

// days returns what was logged from one day to another, as of today.
func (d *Diary) days(from, to, today record.Date) []day {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := person{seed: d.seed, end: today}
	var all []day
	for at := max(from, d.first); at <= min(to, today); at = at.AddDays(1) {
		one := p.day(at)
		one.servings = append(one.servings, d.more[at]...)
		all = append(all, one)
	}
	return all
}

// CSV returns a file of the days from one to another, both included.
func (d *Diary) CSV(kind string, from, to, today record.Date, v Variant) ([]byte, error) {
	columns, err := columnsFor(v)
	if err != nil {
		return nil, err
	}
	days := d.days(from, to, today)
	switch kind {
	case Servings:
		return servings(days, columns, v), nil
	case DailySummary:
		return dailySummary(days, columns, v), nil
	case Exercises:
		return exercises(days, v), nil
	case Biometrics:
		return biometrics(days, v), nil
	case Notes:
		return notes(days, v), nil
	}
	return nil, fmt.Errorf("synthetic export: no files of the kind %q", kind)
}

// A Day is one day of a diary, in numbers as they are written.
type Day struct {
	Date      record.Date
	Completed bool
	Nutrients []Amount // of all foods; a nutrient that none of them knows is not here
	Groups    []Group
	Measured  []Measurement
	Fasts     []Fast
}

// An Amount is a nutrient and how much of it, with two decimals. The name has no unit.
type Amount struct{ Name, Value string }

// A Group is a diary group that has food.
type Group struct {
	Name      string
	Foods     []Food
	Nutrients []Amount
}

// A Food is one food eaten: "Oats", "1.00 cup".
type Food struct{ Name, Serving string }

// A Measurement is one measurement; Time is "9:05 AM" or empty.
type Measurement struct{ Time, Name, Unit, Value string }

// A Fast is one fast; Finish is empty while it is running.
type Fast struct{ Name, Start, Finish, Comments string }

// Days returns the days from one to another on which something was logged.
func (d *Diary) Days(from, to, today record.Date, v Variant) ([]Day, error) {
	columns, err := columnsFor(v)
	if err != nil {
		return nil, err
	}
	var all []Day
	for _, one := range d.days(from, to, today) {
		if !one.empty() {
			all = append(all, dayOf(&one, columns, today))
		}
	}
	return all, nil
}

func dayOf(d *day, columns []column, today record.Date) Day {
	out := Day{Date: d.date, Completed: d.completed, Nutrients: known(columns, sum(d.servings, columns, ""))}
	for _, m := range plan {
		g := Group{Name: m.group}
		for _, e := range d.servings {
			if e.group == m.group {
				portion := appendFixed(nil, divide(e.food.portion*e.quarters, 4), 2)
				g.Foods = append(g.Foods, Food{e.food.name, string(portion) + " " + e.food.unit})
			}
		}
		if len(g.Foods) > 0 {
			g.Nutrients = known(columns, sum(d.servings, columns, m.group))
			out.Groups = append(out.Groups, g)
		}
	}
	for _, m := range d.measurements {
		s := sheet{}
		s.double(m.value*10, m.places+1)
		value := string(s.b)
		if m.text != "" {
			value = m.text
		}
		out.Measured = append(out.Measured, Measurement{m.time.String(), m.metric, m.unit, value})
	}
	for _, f := range d.fasts {
		s := sheet{}
		one := Fast{Name: f.name, Start: s.moment(f.startDay, f.start), Comments: f.comments}
		if f.endDay < today {
			one.Finish = s.moment(f.endDay, f.finish)
		}
		out.Fasts = append(out.Fasts, one)
	}
	return out
}

// known returns the amounts that are known, by the names of their columns.
func known(columns []column, amounts []amount) []Amount {
	var all []Amount
	for i, a := range amounts {
		if a.known {
			name := columns[i].header
			all = append(all, Amount{name[:strings.LastIndex(name, " (")], string(appendFixed(nil, a.hundredths, 2))})
		}
	}
	return all
}

// A Target is a daily target; Least or Most may be empty.
type Target struct{ Nutrient, Least, Most, Unit string }

// Targets returns the daily targets of every synthetic person.
func Targets() []Target { return dailyTargets[:] }
