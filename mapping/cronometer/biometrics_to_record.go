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

func (m *biometrics) row(b *mapping.Batch, r *row) error {
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
	measured, err := m.value(rec.Biometric, r, what.unit)
	if measured {
		b.Records = append(b.Records, rec)
	}
	return err
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
	what := measure{key, device, resolveUnit(r.sheet, name, key, written.unit)}
	if len(m.met) < maxMet {
		m.met[measure{metric: strings.Clone(written.metric), unit: strings.Clone(written.unit)}] = what
	}
	return what, nil
}

// resolveUnit returns the UCUM code of a row's unit. Scores and counts need none.
func resolveUnit(s *sheet, name, key, label string) string {
	u, known := unitOf(label)
	if known {
		return u.code
	}
	if strings.TrimSpace(label) != "" {
		s.issues.add(mapping.Unknown, "biometrics unit "+label, "not a unit of the vocabulary; it is carried as it is written")
		return u.code
	}
	b, _ := vocab.BiometricByKey(key)
	if strings.HasPrefix(b.Unit, "{") || b.Unit == u.code || key == bloodPressureKey {
		return b.Unit // nothing else is offered for blood pressure
	}
	s.issues.add(mapping.Unknown, "biometrics metric "+name, "a value without a unit; it is carried as a bare number")
	return u.code
}

// bloodPressureKey is the one metric whose cell holds two numbers.
const bloodPressureKey = "blood_pressure"

// value sets what was measured; it is false where the cell is empty. What is
// no number stays text, with its unit behind it.
func (m *biometrics) value(to *record.Biometric, r *row, unit string) (bool, error) {
	text := strings.TrimSpace(r.text(m.amount))
	if text == "" {
		r.sheet.issues.add(mapping.Lost, r.sheet.path(m.amount), "rows without a value are left out")
		return false, nil
	}
	if to.Metric == bloodPressureKey {
		to.BloodPressure = bloodPressure(r.sheet, text, unit)
		if to.BloodPressure != nil {
			return true, nil
		}
	} else if value, problem := r.sheet.decimal(text); problem == "" {
		if _, unknown := record.UnknownName(to.Metric); value.Negative() && !unknown {
			return false, r.fault(m.amount, negative, problemAdvice(negative))
		}
		if value.Zero() {
			value = value.Abs()
		}
		to.Quantity = &record.Quantity{Value: value, Unit: unit}
		return true, nil
	}
	to.Text = strings.TrimSpace(text + " " + r.text(m.unit))
	r.sheet.issues.add(mapping.Unknown, r.sheet.path(m.amount), "a value that is no number is carried as text")
	return true, nil
}

// bloodPressure reads "120/80" in millimetres of mercury; nil for anything else.
func bloodPressure(s *sheet, text, unit string) *record.BloodPressure {
	high, low, _ := strings.Cut(text, "/")
	systolic, problem := s.decimal(high)
	diastolic, problemToo := s.decimal(low)
	if problem != "" || problemToo != "" || systolic == "" || diastolic == "" ||
		systolic.Negative() || diastolic.Negative() || unit != "mm[Hg]" {
		return nil
	}
	return &record.BloodPressure{
		Systolic:  record.Quantity{Value: systolic.Abs(), Unit: unit},
		Diastolic: record.Quantity{Value: diastolic.Abs(), Unit: unit},
	}
}
