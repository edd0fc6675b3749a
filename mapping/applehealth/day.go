package applehealth

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// A day is what an export says of one.
type day struct {
	*Export
	date    record.Date
	records []record.Record

	samples      []element // in the order of the document
	correlations []element
	workouts     []element
	measured     []element // in workouts, of this day and what follows
}

// readDay reads a day's elements and makes records of them.
func (e *Export) readDay(date record.Date) (*day, error) {
	d := &day{Export: e, date: date}
	if err := e.readRuns(date, d.sort); err != nil {
		return nil, err
	}
	d.leaveTwins()
	var err error
	if d.measured, err = d.during(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{d.foods, d.samplesOfFood, d.exercises, d.pressures, d.biometrics, d.sleeps} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *day) sort(e element) error {
	d.read++
	switch e.name {
	case "Record":
		d.samples = append(d.samples, e)
	case "Correlation":
		d.correlations = append(d.correlations, e)
	case "Workout":
		d.workouts = append(d.workouts, e)
	}
	return nil
}

// readRuns gives every element of a day to take.
func (e *Export) readRuns(date record.Date, take func(element) error) error {
	var s *scanner
	for _, r := range e.plan.of(date) {
		if _, err := e.body.Seek(r.offset, io.SeekStart); err != nil {
			return fmt.Errorf("read %s: %w", e.file, err)
		}
		if s == nil {
			s = newScanner(e.file, e.body, int(r.line))
		} else {
			s.restart(e.body, int(r.line))
		}
		for range r.count {
			one, err := s.next()
			if err != nil {
				return err
			}
			if err := take(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// next reads the next element.
func (s *scanner) next() (element, error) {
	for {
		line := s.line()
		t, err := s.token()
		if errors.Is(err, io.EOF) {
			err = s.fault(line, "", "the file became shorter while it was read", "import it again")
		}
		if err != nil {
			return element{}, err
		}
		if start, ok := t.(xml.StartElement); ok {
			return s.element(start, line)
		}
	}
}

// twin is what two samples share that are one: a correlation's samples come
// again by themselves ("Any Records that appear as children of a correlation
// also appear as top-level records in this document", says the document type).
func twin(e *element) string {
	return strings.Join([]string{
		e.get("type"), e.get("sourceName"), e.get("unit"), e.get("value"), e.get("startDate"), e.get("endDate"),
	}, "\x00")
}

// leaveTwins takes those samples out that a correlation has too.
func (d *day) leaveTwins() {
	seen := map[string]int{}
	for i := range d.correlations {
		for j := range d.correlations[i].parts {
			if p := &d.correlations[i].parts[j]; p.name == "Record" && strings.HasPrefix(p.get("startDate"), string(d.date)) {
				seen[twin(p)]++
			}
		}
	}
	for _, t := range d.plan.twins[d.date] {
		seen[t]++
	}
	if len(seen) == 0 {
		return
	}
	kept := d.samples[:0]
	for i := range d.samples {
		if t := twin(&d.samples[i]); seen[t] > 0 {
			seen[t]--
			continue
		}
		kept = append(kept, d.samples[i])
	}
	d.samples = kept
}

// record returns a record of e, which starts on the day.
func (d *day) record(kind record.Kind, e *element) (record.Record, moment, error) {
	m, err := d.moment(e, "startDate")
	return record.Record{
		Kind: kind, Day: m.day, Time: m.clock, Zone: m.zone, Source: Source,
		Origin: record.Origin{Document: d.options.Document, Line: e.line},
	}, m, err
}

func (e *Export) moment(of *element, name string) (moment, error) {
	s := scanner{file: e.file}
	return s.moment(of, name)
}

// fault returns an error at one of e's attributes.
func (d *day) fault(e *element, column, reason string) *mapping.ReadError {
	return &mapping.ReadError{File: d.file, Line: e.line, Column: column, Reason: reason, Advice: exportAgain}
}

// device is the device that measured, or the app that wrote where none is
// named; empty for what the person typed. HealthKit writes a device as
// <<HKDevice: 0x2821>, name:Apple Watch, manufacturer:Apple Inc., …>, in which
// the number is another in each export.
func (d *day) device(e *element) string {
	if meta(e, "HKWasUserEntered") == "1" {
		return ""
	}
	if _, rest, ok := strings.Cut(e.get("device"), ", name:"); ok {
		for _, end := range []string{", manufacturer:", ", model:", ", hardware:", ", firmware:", ", software:", ", localIdentifier:", ", creation date:"} {
			if before, _, ok := strings.Cut(rest, end); ok {
				rest = before
			}
		}
		if name := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ">")); name != "" {
			return name
		}
	}
	return strings.TrimSpace(e.get("sourceName"))
}

// meta returns one of e's own metadata; empty where it has none such.
func meta(e *element, key string) string {
	for i := range e.parts {
		if p := &e.parts[i]; p.name == "MetadataEntry" && p.get("key") == key {
			return p.get("value")
		}
	}
	return ""
}

// loseMeta reports the metadata that no record has a place for, each key once.
func (d *day) loseMeta(e *element, known ...string) {
next:
	for i := range e.parts {
		p := &e.parts[i]
		if p.name != "MetadataEntry" {
			continue
		}
		for _, k := range known {
			if p.get("key") == k {
				continue next
			}
		}
		d.issues.add(mapping.Lost, "metadata "+p.get("key"), "records have no place for it")
	}
}
