package cronometer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// The kinds of answer of Cronometer's API.
const (
	DiarySummary     Kind = "diary_summary"
	FastingSummary   Kind = "fasting_summary"
	BiometricSummary Kind = "biometric_summary"
)

// maxAnswer bounds an answer, which is in memory as a whole.
const maxAnswer = 64 << 20

// An Answer is one answer of the API, read. It is not safe for concurrent use.
type Answer struct {
	name    string
	kind    Kind
	options mapping.Reading
	kinds   []record.Kind
	issues  issues
	batches map[record.Date]*mapping.Batch
	days    []record.Date // that are still to come
	rows    int
}

// askAgain is the advice where an answer is at fault.
const askAgain = "fetch it again; if that does not help, Cronometer has changed its answers, and the gateway needs a newer version"

// OpenAnswer reads an answer of Cronometer's API. It is known by its members,
// and one that has none by its file's name, which then begins with its kind.
//
// The error is an *mapping.ReadError if the document is at fault, and otherwise one of r.
func OpenAnswer(name string, r io.ReadSeeker, o mapping.Reading) (*Answer, error) {
	if o.Document == "" {
		o.Document = name
	}
	a := &Answer{name: name, options: o, batches: map[record.Date]*mapping.Batch{}}
	doc, err := a.read(r)
	if err != nil {
		return nil, err
	}
	if a.kind = recognise(name, doc); a.kind == "" {
		return nil, a.foreign()
	}
	if err := schemas.Check("cronometer/"+a.kind, doc); err != nil {
		return nil, a.broken(err)
	}
	if err := a.mapped(doc); err != nil {
		return nil, err
	}
	a.days = slices.Sorted(maps.Keys(a.batches))
	return a, nil
}

// read returns the whole document, if it can be JSON.
func (a *Answer) read(r io.Reader) ([]byte, error) {
	start := make([]byte, 64)
	n, err := io.ReadFull(r, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", a.name, err)
	}
	start = start[:n]
	if text := bytes.TrimSpace(start); len(text) == 0 || (text[0] != '{' && text[0] != '[') {
		return nil, a.foreign()
	}
	rest, err := io.ReadAll(io.LimitReader(r, maxAnswer+1-int64(n)))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.name, err)
	}
	if n+len(rest) > maxAnswer {
		return nil, a.fault("", fmt.Sprintf("it is longer than %d MiB", maxAnswer>>20))
	}
	doc := append(start, rest...)
	if !json.Valid(doc) {
		return nil, a.fault("", "it is not JSON, or breaks off")
	}
	return doc, nil
}

func (a *Answer) foreign() error {
	return &mapping.ReadError{
		File: a.name, Reason: "neither a file of a Cronometer export nor an answer of its API",
		Advice: "give the files of the export", Foreign: true,
	}
}

// fault returns an error at a member; the day comes before it where there is one.
func (a *Answer) fault(member, reason string) *mapping.ReadError {
	return &mapping.ReadError{File: a.name, Column: member, Reason: reason, Advice: askAgain}
}

// broken makes an error of what a schema says, which names places alone.
func (a *Answer) broken(err error) error {
	var invalid *schemas.Error
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
		return err
	}
	return a.fault(invalid.Faults[0].Path, "not what "+a.kind+" is known to hold: "+invalid.Faults[0].Rule)
}

// recognise returns the kind of an answer, "" for a document that is none.
func recognise(name string, doc []byte) Kind {
	var list []map[string]json.RawMessage
	if json.Unmarshal(doc, &list) == nil && len(list) > 0 {
		if _, has := list[0]["day"]; has {
			return DiarySummary
		}
		return ""
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(doc, &object) != nil || len(object) == 0 {
		return named(name)
	}
	has := func(member string) bool { _, is := object[member]; return is }
	switch first := slices.Min(slices.Collect(maps.Keys(object))); {
	case has("fasts"):
		return FastingSummary
	case has("biometrics"):
		return BiometricSummary
	case has("day") && (has("nutrients") || has("macros") || has("foods")):
		return DiarySummary
	case isDate(first):
		return DiarySummary
	case hasUnit(object[first]):
		return Targets
	}
	return ""
}

// named is the kind that a file's name begins with.
func named(name string) Kind {
	for _, k := range []Kind{DiarySummary, Targets, FastingSummary, BiometricSummary} {
		if strings.HasPrefix(name[strings.LastIndex(name, "/")+1:], k) {
			return k
		}
	}
	return ""
}

func isDate(text string) bool { _, err := record.ParseDate(text); return err == nil }

func hasUnit(member json.RawMessage) bool {
	var target map[string]json.RawMessage
	if json.Unmarshal(member, &target) != nil {
		return false
	}
	_, is := target["unit"]
	return is
}

func (a *Answer) mapped(doc []byte) error {
	switch a.kind {
	case DiarySummary:
		return a.diaries(doc)
	case Targets:
		return a.targets(doc)
	case FastingSummary:
		return a.fasts(doc)
	default:
		return a.biometrics(doc)
	}
}

// batch returns that of a day.
func (a *Answer) batch(day record.Date) *mapping.Batch {
	b := a.batches[day]
	if b == nil {
		b = &mapping.Batch{Kinds: slices.Clone(a.kinds), Day: day}
		a.batches[day] = b
	}
	return b
}

// record returns a record without its content.
func (a *Answer) record(kind record.Kind, day record.Date) record.Record {
	a.rows++
	return record.Record{Kind: kind, Day: day, Zone: a.options.Zone, Origin: record.Origin{Document: a.options.Document, Line: 1}}
}

// unknown reports the members of an object that nothing here reads.
func (a *Answer) unknown(place string, object map[string]json.RawMessage, known ...string) {
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, member) {
			a.issues.add(mapping.Lost, place+" member "+member, "nothing is known of this member; it is left out")
		}
	}
}

// Kind returns what the answer holds.
func (a *Answer) Kind() Kind { return a.kind }

// Kinds returns the kinds of record of which the answer tells.
func (a *Answer) Kinds() []record.Kind { return slices.Clone(a.kinds) }

// Days lists the days that are still to come.
func (a *Answer) Days() []record.Date { return slices.Clone(a.days) }

// SortByDay does nothing: an answer's days are sorted.
func (a *Answer) SortByDay() {}

// Next returns the next day, and io.EOF after the last.
func (a *Answer) Next() (mapping.Batch, error) {
	if len(a.days) == 0 {
		return mapping.Batch{}, io.EOF
	}
	day := a.days[0]
	a.days = a.days[1:]
	return *a.batches[day], nil
}

// Rows returns how many records the answer gave.
func (a *Answer) Rows() int { return a.rows }

// Issues returns what was unknown, assumed or lost, each once.
func (a *Answer) Issues() []mapping.Issue { return slices.Clone(a.issues.list) }
