package fhir

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// profiles is where R4's vital signs profiles are (R4 section 10.1.7.2).
const profiles = "http://hl7.org/fhir/StructureDefinition/"

// biometric describes one measurement, in the unit in which it was logged. A
// vital sign in a unit that its profile does not allow (a weight in stones) is
// converted to one that it does: R4 wants the profile wherever the code is.
func (e *encoder) biometric(o *fhir.Observation, b *record.Biometric) {
	e.effective(o)
	e.device(o, b.Device)
	e.groupNote(o, "biometric.group", b.Group)
	v, allowed := vitalOf(b.Metric, unitOf(b))
	if v.category != "" {
		o.Category = []fhir.CodeableConcept{category(v.category)}
	}
	o.Code = e.metric(b.Metric, v)
	switch {
	case b.Quantity != nil:
		var q record.Quantity
		q, allowed = e.inProfile(*b.Quantity, v, allowed)
		valueQuantity(o, quantity(q))
	case b.BloodPressure != nil:
		o.Component = []fhir.ObservationComponent{
			pressure("systolic", b.BloodPressure.Systolic), pressure("diastolic", b.BloodPressure.Diastolic),
		}
		allowed = allowed && b.BloodPressure.Diastolic.Unit == b.BloodPressure.Systolic.Unit
	default:
		e.valueText(o, "biometric.text", b.Text)
		allowed = false
	}
	if allowed && v.profile != "" {
		o.Meta = withProfile(o.Meta, profiles+v.profile)
	}
}

// inProfile returns q in a unit that the profile of v allows, and whether it is
// in one.
func (e *encoder) inProfile(q record.Quantity, v vital, allowed bool) (record.Quantity, bool) {
	if allowed || v.profile == "" {
		return q, allowed
	}
	converted, err := vocab.Convert(q, v.units[0])
	if err != nil {
		return q, false
	}
	e.issues.add(mapping.Assumed, "biometric.quantity", "the vital signs profile does not allow the unit; converted by an exact factor")
	return converted, true
}

// unitOf returns the unit that decides about the code. A text has none; it
// takes the vocabulary's, so that it is found where its numbers are.
func unitOf(b *record.Biometric) string {
	switch {
	case b.Quantity != nil:
		return b.Quantity.Unit
	case b.BloodPressure != nil:
		return b.BloodPressure.Systolic.Unit
	}
	known, _ := vocab.BiometricByKey(b.Metric)
	return known.Unit
}

// metric returns the code of a biometric: LOINC's, where there is one, and our own.
func (e *encoder) metric(key string, v vital) fhir.CodeableConcept {
	b, known := vocab.BiometricByKey(key)
	if !known {
		return concept(e.unknownName("metric", key))
	}
	codings := append(v.loinc.loinc(), v.also.loinc()...)
	return concept(b.Name, append(codings, coding(SystemBiometric, key, b.Name))...)
}

func pressure(which string, q record.Quantity) fhir.ObservationComponent {
	c := panels()[which]
	part := fhir.ObservationComponent{Code: concept(c.display, c.loinc()...), ValueQuantity: quantity(q)}
	if part.ValueQuantity == nil {
		part.DataAbsentReason = unknownReason()
	}
	return part
}

// device names the app or device that delivered a value. The reference is a
// logical one, by the Device's identifier: a document goes to places where the
// Device does not (R4, references.html#logical).
func (e *encoder) device(o *fhir.Observation, name string) {
	if name = e.words(string(e.r.Kind)+".device", name); name != "" {
		system := SystemDevice
		o.Device = &fhir.Reference{
			Type: text("Device"), Display: &name,
			Identifier: &fhir.Identifier{System: &system, Value: text(DeviceID(e.who.ID, name))},
		}
	}
}

// groupNote keeps the diary group of a measurement for people to read. A
// component would look as if the measurement had parts.
func (e *encoder) groupNote(o *fhir.Observation, path, group string) {
	if group = e.words(path, group); group != "" {
		o.Note = []fhir.Annotation{{Text: "Diary group: " + group}}
	}
}

func withProfile(m *fhir.Meta, profile string) *fhir.Meta {
	if m == nil {
		m = &fhir.Meta{}
	}
	m.Profile = []string{profile}
	return m
}
