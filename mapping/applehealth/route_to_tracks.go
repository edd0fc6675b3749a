package applehealth

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// routes adds the points of the workout's routes.
func (t *tracker) routes(workout *element) error {
	for i := range workout.parts {
		route := &workout.parts[i]
		if route.name != "WorkoutRoute" {
			continue
		}
		for j := range route.parts {
			if p := &route.parts[j]; p.name == "FileReference" {
				if err := t.file(path.Base(p.get("path"))); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (t *tracker) file(name string) error {
	at, there := t.plan.routes[name]
	if !there {
		t.Export.issues.add(mapping.Lost, "WorkoutRoute FileReference", "the route's file is not there; give the ZIP that the Health app made")
		return nil
	}
	if _, err := t.body.Seek(at.offset, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", t.Export.file, err)
	}
	return t.route(newScanner(t.Export.file, t.body, at.line))
}

// maxPoints bounds a route: three days at one point a second.
const maxPoints = 260_000

// route reads a route in GPX 1.1 (topografix.com/GPX/1/1), up to its root's end.
func (t *tracker) route(s *scanner) error {
	points := 0
	for depth := 0; ; {
		line := s.line()
		token, err := s.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "trkpt" {
				depth++
				continue
			}
			if points++; points > maxPoints {
				return s.fault(line, "", "a route of more than 260000 points", exportAgain)
			}
			e, err := s.element(token, line)
			if err != nil {
				return err
			}
			if err := t.point(s, &e); err != nil {
				return err
			}
		case xml.EndElement:
			if depth--; depth == 0 {
				return nil
			}
		}
	}
}

// point adds one point of a route.
func (t *tracker) point(s *scanner, e *element) error {
	written := leaves(e)
	at, err := time.Parse(time.RFC3339Nano, written["time"])
	if err != nil {
		return s.fault(e.line, "time", "a point of a route has no time of the form 2026-01-05T06:30:12Z", exportAgain)
	}
	for _, v := range []struct{ what, text, unit string }{
		{record.TrackLatitude, e.get("lat"), "deg"},
		{record.TrackLongitude, e.get("lon"), "deg"},
		{record.TrackAltitude, written["ele"], "m"},
		{record.TrackSpeed, written["speed"], "m/s"},
	} {
		if v.text == "" {
			continue
		}
		number, err := record.ParseDecimal(v.text)
		if err != nil {
			return s.fault(e.line, v.what, "not a number", exportAgain)
		}
		if v.what == record.TrackSpeed && number.Negative() {
			continue // Core Location's sign for a speed that is not known
		}
		t.add(v.what, "", record.Quantity{Value: number, Unit: v.unit}, at)
	}
	for name := range written {
		switch name {
		case "time", "ele", "speed":
		default:
			t.Export.issues.add(mapping.Lost, "WorkoutRoute "+name, "a route has positions, altitudes and speeds alone")
		}
	}
	return nil
}

// leaves returns the texts below an element by their names.
func leaves(e *element) map[string]string {
	found := map[string]string{}
	for i := range e.parts {
		p := &e.parts[i]
		if len(p.parts) == 0 {
			found[p.name] = strings.TrimSpace(p.text)
			continue
		}
		maps.Copy(found, leaves(p))
	}
	return found
}
