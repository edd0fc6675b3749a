package demo

import (
	"math/rand/v2"

	"nutrigate/mapping/record"
)

// A note is free text in the diary.
type note struct {
	time  minute
	group string
	text  string
}

// thoughts are what a diary's notes may hold: lines, quotes, other scripts,
// and what must not be run by whoever shows them.
var thoughts = [...]string{
	"Slept badly, skipped the run.",
	"Dinner at Ada's:\n- two glasses of wine\n- \"just a taste\" of the cake\n\nNo regrets.",
	"Καλό γεύμα. 美味しかった!",
	"=SUM(A1:A9) is what the spreadsheet said",
	"Felt <b>great</b> & rested",
	"New scale, weight may be off",
}

// write draws a day's notes: one in six days has one.
func write(r *rand.Rand) []note {
	if r.IntN(6) != 0 {
		return nil
	}
	n := note{noTime, one(r, []string{"Uncategorized", "Dinner", "2nd Breakfast"}), one(r, thoughts[:])}
	if r.IntN(2) == 0 {
		n.time = minute(between(r, 6*60, 23*60))
	}
	return []note{n}
}

// notes writes notes.csv.
func notes(days []day, v Variant) []byte {
	timed := !v.NoTimestamps && !v.Legacy
	header := []string{"Day", "Note"}
	if timed {
		header = []string{"Day", "Time", "Group", "Note"}
	}
	s := newSheet(v, header...)
	for _, d := range days {
		for _, n := range d.notes {
			s.date(d.date)
			if timed {
				s.plain(n.time.String())
				s.plain(n.group)
			}
			s.text(n.text)
			s.end()
		}
	}
	return s.b
}

// A fast is a time without food.
type fast struct {
	name, comments   string
	startDay, endDay record.Date
	start, finish    minute
	recurrence       string
}

// abstain draws the fasts that begin on a day.
func abstain(r *rand.Rand, date record.Date) []fast {
	if r.IntN(5) != 0 {
		return nil
	}
	f := fast{
		name: "Overnight", recurrence: "Daily", startDay: date, endDay: date.AddDays(1),
		start: minute(20*60 + r.IntN(90)), finish: minute(11*60 + r.IntN(90)),
	}
	if r.IntN(6) == 0 {
		f.name, f.recurrence, f.comments = `Long one, "5:2"`, "None", "water, tea\nand salt"
		f.endDay = date.AddDays(2)
	}
	return []fast{f}
}

// fasts writes fasts.csv. A fast that is running when the export is made has
// no end.
func fasts(days []day, v Variant) []byte {
	s := newSheet(v, "Name", "Start", "End", "Recurrence", "Comments")
	last := days[len(days)-1].date
	for _, d := range days {
		for _, f := range d.fasts {
			s.text(f.name)
			s.plain(s.moment(f.startDay, f.start))
			if f.endDay < last {
				s.plain(s.moment(f.endDay, f.finish))
			} else {
				s.plain("")
			}
			s.text(f.recurrence)
			s.text(f.comments)
			s.end()
		}
	}
	return s.b
}

// moment writes a day and time as 2026-08-14 20:15:00.
func (s *sheet) moment(d record.Date, m minute) string {
	clock := twoDigits(int(m)/60) + ":" + twoDigits(int(m)%60)
	if !s.spreadsheet {
		clock += ":00"
	}
	return s.dateText(d) + " " + clock
}

// dailyTargets always have kcal, whatever the export has.
var dailyTargets = [...]Target{
	{"Energy", "1900.00", "2300.00", "kcal"},
	{"Protein", "90.00", "", "g"},
	{"Fiber", "30.00", "", "g"},
	{"Saturated", "", "22.00", "g"},
	{"Sodium", "1500.00", "2300.00", "mg"},
	{"Vitamin D", "600.00", "4000.00", "IU"},
	{"B12 (Cobalamin)", "2.40", "", "µg"},
}

// targets writes targets.csv: the person's own daily targets.
func targets(v Variant) []byte {
	s := newSheet(v, "Nutrient", "Min", "Max", "Unit")
	for _, t := range dailyTargets {
		s.text(t.Nutrient)
		s.plain(t.Least)
		s.plain(t.Most)
		s.plain(t.Unit)
		s.end()
	}
	return s.b
}
