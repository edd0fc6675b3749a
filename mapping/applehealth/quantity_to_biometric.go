package applehealth

import (
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// biometrics makes a measurement of each sample that is one.
func (d *day) biometrics() error {
	for i := range d.samples {
		e := &d.samples[i]
		switch roleOf(e.get("type")) {
		case tracked:
			d.issues.add(mapping.Lost, e.get("type"), "measured outside of any workout, for which records have no place; it is left out")
		case pressure:
			d.issues.add(mapping.Lost, e.get("type"), "a blood pressure of one number; it is left out")
		case metric:
			if err := d.biometric(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *day) biometric(e *element) error {
	r, start, err := d.record(record.KindBiometric, e)
	if err != nil {
		return err
	}
	q, err := d.quantity(e)
	if err != nil {
		return err
	}
	if end, err := d.moment(e, "endDate"); err != nil {
		return err
	} else if !end.at.Equal(start.at) {
		d.issues.add(mapping.Lost, e.get("type")+" endDate", "a measurement has one time, its start")
	}
	d.loseMeta(e, "HKWasUserEntered")
	r.Biometric = &record.Biometric{Metric: metrics()[e.get("type")], Device: d.device(e), Quantity: &q}
	if q.Value.Negative() {
		d.issues.add(mapping.Lost, e.get("type"), "a value below zero, which such a measurement cannot have; it is left out")
		return nil
	}
	d.records = append(d.records, r)
	return nil
}

// quantity reads the value of a sample.
func (d *day) quantity(e *element) (record.Quantity, error) {
	q, known, ok := quantity(e.get("value"), e.get("unit"))
	if !ok {
		return q, d.fault(e, "value", "the value is no number")
	}
	if !known {
		d.issues.add(mapping.Unknown, e.get("type")+" unit "+q.Unit, "not a unit of the table; it is carried as it is written")
	}
	if e.get("type") == "HKQuantityTypeIdentifierBodyMassIndex" && q.Unit == "1" {
		q.Unit = "kg/m2" // a count in HealthKit, which has no such unit
	}
	return q, nil
}

// pressures makes a measurement of each pair of pressures.
func (d *day) pressures() error {
	for i := range d.correlations {
		if d.correlations[i].get("type") == pressureType {
			if err := d.bloodPressure(&d.correlations[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *day) bloodPressure(e *element) error {
	r, _, err := d.record(record.KindBiometric, e)
	if err != nil {
		return err
	}
	var b record.BloodPressure
	for i := range e.parts {
		p := &e.parts[i]
		if p.name != "Record" {
			continue
		}
		q, err := d.quantity(p)
		if err != nil {
			return err
		}
		switch p.get("type") {
		case systolicType:
			b.Systolic = q
		case diastolicType:
			b.Diastolic = q
		default:
			d.issues.add(mapping.Lost, pressureType+" "+p.get("type"), "a blood pressure has two numbers alone")
		}
	}
	d.loseMeta(e, "HKWasUserEntered")
	const mmHg = "mm[Hg]"
	if b.Systolic.Unit != mmHg || b.Diastolic.Unit != mmHg || b.Systolic.Value.Negative() || b.Diastolic.Value.Negative() {
		d.issues.add(mapping.Lost, pressureType, "it has not two numbers in mmHg; it is left out")
		return nil
	}
	r.Biometric = &record.Biometric{Metric: "blood_pressure", Device: d.device(e), BloodPressure: &b}
	d.records = append(d.records, r)
	return nil
}
