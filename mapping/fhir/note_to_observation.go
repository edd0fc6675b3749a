package fhir

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping/record"
)

// note describes a diary note; its text is the value.
func (e *encoder) note(o *fhir.Observation, n *record.Note) {
	e.survey(o)
	o.Code = own("note")
	e.effective(o)
	e.valueText(o, "note.text", n.Text)
	e.part(o, "group", "note.group", n.Group)
}
