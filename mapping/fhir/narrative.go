package fhir

import (
	"encoding/xml"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// A narrative writes the text that a resource has for people: XHTML that is
// well-formed and has none but simple elements (R4, narrative.html#rules).
type narrative struct{ b strings.Builder }

func (n *narrative) paragraph(s string) { n.element("p", s) }

func (n *narrative) element(name, s string) {
	n.b.WriteString("<" + name + ">")
	// A builder takes everything; what XML cannot hold becomes U+FFFD.
	_ = xml.EscapeText(&n.b, []byte(s))
	n.b.WriteString("</" + name + ">")
}

// table writes rows below a row of headings; without rows it writes nothing.
func (n *narrative) table(headings []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	n.b.WriteString("<table><thead>")
	n.row("th", headings)
	n.b.WriteString("</thead><tbody>")
	for _, cells := range rows {
		n.row("td", cells)
	}
	n.b.WriteString("</tbody></table>")
}

func (n *narrative) row(cell string, cells []string) {
	n.b.WriteString("<tr>")
	for _, c := range cells {
		n.element(cell, c)
	}
	n.b.WriteString("</tr>")
}

// said is a narrative of one sentence.
func said(sentence string) *fhir.Narrative {
	var n narrative
	n.paragraph(sentence)
	return n.done()
}

// done returns the narrative. All of it was generated from the structured
// content and what that leads to.
func (n *narrative) done() *fhir.Narrative {
	return &fhir.Narrative{
		Status: fhir.NarrativeStatusGenerated,
		Div:    `<div xmlns="http://www.w3.org/1999/xhtml">` + n.b.String() + `</div>`,
	}
}
