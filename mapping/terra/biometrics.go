package terra

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// placesIn returns where a measurement goes in documents of a type.
func placesIn(typ string, b *record.Biometric) []place {
	var found []place
	for _, p := range biometricPlaces()[b.Metric] {
		if p.typ == typ {
			found = append(found, p)
		}
	}
	return found
}

// measured puts the measurements that belong into documents of a type into o,
// and returns those that it put.
func (e *encoder) measured(o *object, typ string) ([]*record.Record, error) {
	var used []*record.Record
	for _, r := range e.of(record.KindBiometric) {
		at, err := e.at(r)
		if err != nil {
			return nil, err
		}
		places := placesIn(typ, r.Biometric)
		if e.measure(o, at, r.Biometric, places) {
			used = append(used, r)
			if r.Time != "" && !slices.ContainsFunc(places, place.sampled) {
				e.issues.lost("biometric."+r.Biometric.Metric+".time", "Terra has one value for a day, without a time")
			}
		}
	}
	return used, nil
}

// sampled reports whether the place is a field of the samples of a list.
func (p place) sampled() bool { return strings.Contains(p.path, "[].") }

// measure puts a measurement into its places and reports whether any took it.
// Places of other units than the measurement's are passed over: body water has
// one for percents and one for kilograms. A list gets one sample.
func (e *encoder) measure(o *object, at moment, b *record.Biometric, places []place) (put bool) {
	samples := map[string]*object{}
	reason := ""
	for _, p := range places {
		value, err := valueFor(b, p)
		if err != nil {
			reason = err.Error()
			continue
		}
		put = true
		list, field, sampled := strings.Cut(p.path, "[].")
		switch {
		case !sampled:
			if !o.put(p.path, value) {
				e.issues.lost("biometric."+b.Metric, "Terra has one value for a day; the last one stands")
			}
		case samples[list] == nil:
			samples[list] = &object{{timeField(list), at.String()}, {field, value}}
			o.push(list, samples[list])
		default:
			samples[list].put(field, value)
		}
	}
	if !put && reason != "" {
		e.issues.lost("biometric."+b.Metric, reason)
	}
	return put
}

// timeField is what a list calls the time of a sample.
func timeField(list string) string {
	if list == "measurements_data.measurements" {
		return "measurement_time"
	}
	return "timestamp"
}

var (
	errText  = errors.New("the value is text and Terra's field a number")
	errUnit  = errors.New("its unit cannot be converted to that of Terra's field")
	errRange = errors.New("the value is beyond what Terra's field can hold")
)

// valueFor returns the measured value in the unit of the field.
func valueFor(b *record.Biometric, p place) (json.Number, error) {
	q := b.Quantity
	switch {
	case b.BloodPressure != nil && leaf(p.path) == "systolic_bp":
		q = &b.BloodPressure.Systolic
	case b.BloodPressure != nil && leaf(p.path) == "diastolic_bp":
		q = &b.BloodPressure.Diastolic
	}
	if q == nil {
		return "", errText
	}
	in, err := vocab.Convert(*q, p.to)
	if err != nil {
		if in, err = byMolarMass(*q, b.Metric, p.to); err != nil {
			return "", err
		}
	}
	value, ok := number(leaf(p.path), in.Value)
	if !ok {
		return "", errRange
	}
	return value, nil
}

// byMolarMass turns mmol/L into mg/dL: times g/mol, which is mg/mmol, and a
// tenth of a litre.
func byMolarMass(q record.Quantity, metric, to string) (record.Quantity, error) {
	m, _ := vocab.BiometricByKey(metric)
	amount, err := vocab.Convert(q, "mmol/L")
	if err != nil || m.MolarMass == "" || to != "mg/dL" {
		return record.Quantity{}, errUnit
	}
	return vocab.Multiply(amount, m.MolarMass+"/10", to)
}

// reportBiometrics reports what of the day's measurements no document carries.
func (e *encoder) reportBiometrics() {
	for _, r := range e.of(record.KindBiometric) {
		places := biometricPlaces()[r.Biometric.Metric]
		if len(places) == 0 {
			e.issues.lost("biometric."+r.Biometric.Metric, "the vocabulary does not know this metric and Terra has no free fields")
		} else if places[0].path == "" {
			e.issues.lost("biometric."+r.Biometric.Metric, places[0].note)
		}
		if r.Biometric.Group != "" {
			e.issues.lost("biometric.group", "Terra has diary groups for food only")
		}
	}
}
