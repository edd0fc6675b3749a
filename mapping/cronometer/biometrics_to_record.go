package cronometer

import (
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// biometrics reads measurements, one a row, each in its own unit.
type biometrics struct {
	time, group, metric, unit, amount int
	// met has what was resolved already: devices give a row a minute.
	met map[measure]measure
}

// measure is a metric and a unit: as written, or resolved.
type measure struct{ metric, device, unit string }

// maxMet bounds what is kept of files that name something else in every row.
const maxMet = 1000

func newBiometrics(s *sheet) (mapper, error) {
	m := &biometrics{
		time: s.column("Time"), group: s.column("Group"), metric: s.column("Metric"),
		unit: s.column("Unit"), amount: s.column("Amount"), met: map[measure]measure{},
	}
	s.leave(nil, "Day", "Time", "Group", "Metric", "Unit", "Amount")
	return mapper{kinds: []record.Kind{record.KindBiometric}, row: m.row}, nil
}

func (m *biometrics) row(b *Batch, r *row) error {
	what, err := m.measure(r)
	if err != nil {
		return err
	}
	clock, err := r.clock(m.time)
	if err != nil {
		return err
	}
	rec := r.record(record.KindBiometric)
	rec.Time = clock
	rec.Biometric = &record.Biometric{Metric: what.metric, Device: what.device, Group: r.text(m.group)}
	if m.value(rec.Biometric, r, what.unit) {
		b.Records = append(b.Records, rec)
	}
	return nil
}

// measure resolves metric, device and unit of a row.
func (m *biometrics) measure(r *row) (measure, error) {
	written := measure{metric: r.text(m.metric), unit: r.text(m.unit)}
	if what, known := m.met[written]; known {
		return what, nil
	}
	name, device := cutDevice(written.metric)
	if name == "" {
		return measure{}, r.fault(m.metric, "the measurement has no name", "give it one, or "+exportAgain)
	}
	key, known := metricKey(name)
	if !known {
		r.sheet.issues.add(mapping.Unknown, "biometrics metric "+name,
			"the vocabulary lacks this metric; it is carried under its own name")
	}
	what := measure{key, device, unitOf(r.sheet, name, key, written.unit)}
	if len(m.met) < maxMet {
		m.met[measure{metric: strings.Clone(written.metric), unit: strings.Clone(written.unit)}] = what
	}
	return what, nil
}

// unitOf returns the UCUM code of a row's unit. Scores and counts need none.
func unitOf(s *sheet, name, key, label string) string {
	code, known := unitCode(label)
	if known {
		return code
	}
	if strings.TrimSpace(label) != "" {
		s.issues.add(mapping.Unknown, "biometrics unit "+label, "not a unit of the vocabulary; it is carried as it is written")
		return code
	}
	b, _ := vocab.BiometricByKey(key)
	if strings.HasPrefix(b.Unit, "{") || b.Unit == code {
		return b.Unit
	}
	s.issues.add(mapping.Unknown, "biometrics metric "+name, "a value without a unit; it is carried as a bare number")
	return code
}

// value sets what was measured. It is false where the cell is empty.
func (m *biometrics) value(to *record.Biometric, r *row, unit string) bool {
	text := strings.TrimSpace(r.text(m.amount))
	if text == "" {
		r.sheet.issues.add(mapping.Lost, r.sheet.path(m.amount), "rows without a value are left out")
		return false
	}
	if to.Metric == "blood_pressure" {
		if to.BloodPressure = bloodPressure(r.sheet, text, unit); to.BloodPressure != nil {
			return true
		}
	} else if value, problem := r.sheet.decimal(text); problem == "" {
		to.Quantity = &record.Quantity{Value: value, Unit: unit}
		return true
	}
	to.Text = text
	r.sheet.issues.add(mapping.Unknown, r.sheet.path(m.amount), "a value that is no number is carried as text")
	return true
}

// bloodPressure reads "120/80"; nil for anything else.
func bloodPressure(s *sheet, text, unit string) *record.BloodPressure {
	if unit == "1" {
		unit = "mm[Hg]" // no other unit is offered for it
	}
	high, low, _ := strings.Cut(text, "/")
	systolic, problem := s.decimal(high)
	diastolic, problemToo := s.decimal(low)
	if problem != "" || problemToo != "" || systolic == "" || diastolic == "" ||
		systolic.Negative() || diastolic.Negative() {
		return nil
	}
	return &record.BloodPressure{
		Systolic:  record.Quantity{Value: systolic, Unit: unit},
		Diastolic: record.Quantity{Value: diastolic, Unit: unit},
	}
}
