package fhir

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// text returns s as an optional string: FHIR knows no empty ones.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func reference(to string) fhir.Reference { return fhir.Reference{Reference: &to} }

// coding returns a code; without display where we have none from its publisher.
func coding(system, code, display string) fhir.Coding {
	return fhir.Coding{System: &system, Code: &code, Display: text(display)}
}

func concept(words string, codings ...fhir.Coding) fhir.CodeableConcept {
	return fhir.CodeableConcept{Coding: codings, Text: text(words)}
}

// own returns a code of our own for things that are not in the vocabulary.
func own(code string) fhir.CodeableConcept {
	display := concepts()[code].display
	return concept(display, coding(SystemRecord, code, display))
}

// metaOf returns nil if there is neither version nor time.
func metaOf(version int, updated time.Time) *fhir.Meta {
	if version == 0 && updated.IsZero() {
		return nil
	}
	m := &fhir.Meta{}
	if version != 0 {
		m.VersionId = text(strconv.Itoa(version))
	}
	if !updated.IsZero() {
		m.LastUpdated = text(instant(updated))
	}
	return m
}

// instant writes a moment as a FHIR instant, in UTC.
func instant(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// quantity returns q with its digits as written. Every unit of ours is UCUM,
// annotations in braces included (UCUM section 2.3 paragraph 12).
func quantity(q record.Quantity) *fhir.Quantity {
	return inUnit(q.Value, q.Unit)
}

// perDay returns an amount of one day as a rate, which is what LOINC's
// "24 hour" codes and a daily target are: 5.10 mg are 5.10 mg/d.
func perDay(q record.Quantity) *fhir.Quantity {
	return inUnit(q.Value, dayUnit(q.Unit))
}

func dayUnit(unit string) string {
	if unit == "1" {
		return "/d"
	}
	return unit + "/d"
}

// inUnit returns nil for a missing value: the library would write 0.
func inUnit(value record.Decimal, unit string) *fhir.Quantity {
	if value == "" {
		return nil
	}
	number, system := json.Number(value), SystemUCUM
	return &fhir.Quantity{Value: &number, Unit: text(unitName(unit)), System: &system, Code: &unit}
}

// unitName returns how people write a unit: "µg/d" for ug/d. A unit that the
// vocabulary lacks keeps its code, without the braces.
func unitName(code string) string {
	if u, ok := vocab.UnitByCode(code); ok && u.Display != "" {
		return u.Display
	}
	return strings.NewReplacer("{", "", "}", "").Replace(code)
}

// maxString is how many bytes a FHIR string may have (R4, datatypes, string).
const maxString = 1 << 20

// words returns s as a FHIR string: without control characters (R4, datatypes,
// string: none below U+0020 but tab, line feed and carriage return), other
// white space as a plain space since validators disagree on it, cut to 1 MiB;
// empty if nothing but white space is left. A change is reported at path.
func (e *encoder) words(path, s string) string {
	clean := strings.Map(plain, s)
	if clean != s {
		e.issues.add(mapping.Lost, path, "a FHIR text has no control characters and no other white space than the plain one; they were left out or became spaces")
	}
	if len(clean) > maxString {
		end := maxString
		for !utf8.RuneStart(clean[end]) {
			end--
		}
		clean = clean[:end]
		e.issues.add(mapping.Lost, path, "a FHIR text is at most 1 MiB long; the rest was cut off")
	}
	if strings.TrimSpace(clean) == "" {
		return ""
	}
	return clean
}

// plain maps a character to one that a FHIR string may hold, or drops it.
func plain(c rune) rune {
	switch {
	case c == '\t' || c == '\n' || c == '\r':
		return c
	case unicode.IsSpace(c) || c == '\u180e': // spaces of other widths, NEL
		return ' '
	case unicode.IsControl(c) || c == '\ufeff' || c == '\ufffe' || c == '\uffff':
		return -1
	}
	return c
}
