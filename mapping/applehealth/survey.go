package applehealth

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"nutrigate/mapping"
)

// A surveyor goes through a document once: it checks that all of it is XML and
// notes where the elements of each day stand.
type surveyor struct {
	*scanner
	issues *issues
	plan   planBuilder
	left   map[string]int // what no record has a place for, by type
}

func survey(file string, body io.ReadSeeker, to *issues) (*plan, error) {
	s := surveyor{scanner: newScanner(file, body, 1), issues: to, plan: newPlanBuilder(), left: map[string]int{}}
	if err := s.head(); err != nil {
		return nil, err
	}
	if err := s.elements(); err != nil {
		return nil, err
	}
	if err := s.behind(); err != nil {
		return nil, err
	}
	if err := s.plan.addSleeps(); err != nil {
		return nil, s.fault(0, "", err.Error(), exportAgain)
	}
	s.report()
	return s.plan.settle(), nil
}

// head reads up to the root, which alone says what the document is: the name of
// export.xml depends on the phone's language.
func (s *surveyor) head() error {
	foreign := s.fault(1, "", "not an export of the Health app", "give export.xml, or the ZIP that the Health app made")
	foreign.Foreign = true
	for {
		t, err := s.token()
		if refused, ours := errors.AsType[*mapping.ReadError](err); ours && strings.Contains(refused.Reason, "entities") {
			return err
		}
		if errors.Is(err, io.EOF) || isReadError(err) {
			return foreign
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != "HealthData" {
				return foreign
			}
			return nil
		case xml.CharData:
			if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
				return foreign
			}
		}
	}
}

func isReadError(err error) bool {
	_, is := errors.AsType[*mapping.ReadError](err)
	return is
}

// elements reads all that is below the root.
func (s *surveyor) elements() error {
	for {
		offset, line := s.xml.InputOffset(), s.line()
		t, err := s.token()
		if errors.Is(err, io.EOF) {
			err = s.fault(line, "", "the file ends before its root does", "the file may have been cut short; "+exportAgain)
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := s.one(t, place{offset, line}); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// one notes one element below the root.
func (s *surveyor) one(start xml.StartElement, at place) error {
	e := element{name: start.Name.Local, attrs: start.Attr, line: at.line}
record:
	switch e.name {
	case "Record":
		switch roleOf(e.get("type")) {
		case none:
			break record
		case sleep:
			return s.sleep(&e, at)
		}
		if err := s.dated(&e, at); err != nil {
			return err
		}
		return s.skip()
	case "Correlation":
		if correlated(e.get("type")) {
			return s.correlation(start, at)
		}
	case "Workout":
		return s.workout(&e, at)
	case "ExportDate":
		return s.skip()
	}
	s.plan.gap()
	s.left[strings.TrimSpace(e.name+" "+e.get("type"))]++
	return s.skip()
}

// dated puts an element into the day on which it starts.
func (s *surveyor) dated(e *element, at place) error {
	t, err := s.moment(e, "startDate")
	if err != nil {
		return err
	}
	if err := s.plan.add(t.day, at); err != nil {
		return s.fault(at.line, "", err.Error(), "import a smaller export: ask the person to leave out a source of theirs that has far too much")
	}
	return nil
}

// workout also notes the time that it took, in which heart rates belong to it.
func (s *surveyor) workout(e *element, at place) error {
	if err := s.dated(e, at); err != nil {
		return err
	}
	start, err := s.moment(e, "startDate")
	if err != nil {
		return err
	}
	end, err := s.moment(e, "endDate")
	if err != nil {
		return err
	}
	s.plan.workouts = append(s.plan.workouts, span{start.at.Unix(), end.at.Unix()})
	return s.skip()
}

// sleep notes a sample of sleep, whose day is that of the sleep's first.
func (s *surveyor) sleep(e *element, at place) error {
	start, err := s.moment(e, "startDate")
	if err != nil {
		return err
	}
	end, err := s.moment(e, "endDate")
	if err != nil {
		return err
	}
	s.plan.gap()
	if err := s.plan.addNap(nap{at, start.at.Unix(), end.at.Unix(), e.get("sourceName"), start.day}); err != nil {
		return s.fault(at.line, "", err.Error(), exportAgain)
	}
	return s.skip()
}

// correlation also notes those of its samples that are on another day: each
// comes again by itself, and would be taken for one more there.
func (s *surveyor) correlation(start xml.StartElement, at place) error {
	e, err := s.element(start, at.line)
	if err != nil {
		return err
	}
	own, err := s.moment(&e, "startDate")
	if err != nil {
		return err
	}
	for i := range e.parts {
		if p := &e.parts[i]; p.name == "Record" {
			t, err := s.moment(p, "startDate")
			if err != nil {
				return err
			}
			if t.day != own.day {
				s.plan.twins[t.day] = append(s.plan.twins[t.day], twin(p))
			}
		}
	}
	return s.dated(&e, at)
}

// skip reads to the end of the element that has begun.
func (s *surveyor) skip() error {
	for depth := 1; depth > 0; {
		line := s.line()
		t, err := s.token()
		if errors.Is(err, io.EOF) {
			return s.fault(line, "", "the file ends within an element", "the file may have been cut short; "+exportAgain)
		}
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// The targets of the processing instructions by which whoever puts a document
// together says what is in it: the path of the route that follows, and the
// folder of a file that was left out.
const (
	RouteTarget = "nutrigate-route"
	LeftTarget  = "nutrigate-left"
)

// behind reads what follows the root: the routes of workouts, if whoever put
// the document together had them.
func (s *surveyor) behind() error {
	name := ""
	for {
		offset, line := s.xml.InputOffset(), s.line()
		t, err := s.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.ProcInst:
			switch t.Target {
			case RouteTarget:
				name = string(t.Inst)
			case LeftTarget:
				s.left["files in "+string(t.Inst)]++
			}
		case xml.StartElement:
			if name != "" && t.Name.Local == "gpx" {
				s.plan.routes[name] = place{offset, line}
				name = ""
			}
			if err := s.skip(); err != nil {
				return err
			}
		}
	}
}

// report tells what is left out, by type.
func (s *surveyor) report() {
	for _, name := range slices.Sorted(maps.Keys(s.left)) {
		s.issues.add(mapping.Lost, name, fmt.Sprintf("records have no place for it; %d left out", s.left[name]))
	}
}
