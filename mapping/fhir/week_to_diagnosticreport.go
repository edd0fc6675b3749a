package fhir

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/digest"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// A State is the version of a resource that is made of several records: it
// grows with every change of any of them.
type State struct {
	Version int
	Updated time.Time
}

type diagnosticReport struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherDiagnosticReport
}

// ReportID returns the id of a person's report of a week. It holds the
// person's id and the week, so that the report is found by it.
func ReportID(user string, w Week) string { return user + "." + string(w) }

// ReportOf returns whose report an id is, and of which week.
func ReportOf(id string) (user string, w Week, ok bool) {
	user, week, _ := strings.Cut(id, ".")
	w, err := ParseWeek(week)
	return user, w, err == nil
}

// EncodeWeek returns the nutrition report of a week: its results are the panels
// of the days, and its conclusion what the days came to on average, of how many
// of them. It is a function of the week's records alone; without a panel among
// them there is none.
func (f Format) EncodeWeek(who record.Subject, w Week, records []record.Record, s State) (mapping.Document, bool, error) {
	panels := panelsOf(records, w)
	if len(panels) == 0 {
		return mapping.Document{}, false, nil
	}
	span := digest.Of(records, w.Monday(), w.Sunday())
	id, subject := ReportID(who.ID, w), reference("Patient/"+who.ID)
	averages := averageRows(&span)
	r := &fhir.OtherDiagnosticReport{
		Id: &id, Meta: metaOf(s.Version, s.Updated), Text: reportText(&span, averages),
		Status:          reportStatus(&span),
		Code:            reportCode(),
		Subject:         &subject,
		EffectivePeriod: &fhir.Period{Start: text(string(span.From)), End: text(string(span.To))},
		Conclusion:      text(conclusion(&span, averages)),
	}
	if !s.Updated.IsZero() {
		r.Issued = text(instant(s.Updated))
	}
	doc := mapping.Document{Type: "DiagnosticReport", ID: id, Day: w.Monday(), MediaType: MediaType}
	for _, p := range panels {
		r.Result = append(r.Result, reference("Observation/"+p.ID))
		doc.Records = append(doc.Records, p.ID)
	}
	var err error
	if doc.Body, err = marshal(diagnosticReport{"DiagnosticReport", r}); err != nil {
		return mapping.Document{}, false, fmt.Errorf("encode report of week %s: %w", w, err)
	}
	return doc, true, nil
}

func panelsOf(records []record.Record, w Week) []record.Record {
	var all []record.Record
	for _, r := range records {
		if r.DayTotals != nil && !r.Deleted && WeekOf(r.Day) == w {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b record.Record) int { return cmp.Compare(a.Day, b.Day) })
	return all
}

func reportCode() fhir.CodeableConcept {
	return concept("Nutrition report of a week", append(panels()["assessment"].loinc(), coding(SystemRecord, "week", concepts()["week"].display))...)
}

// reportStatus: a week of which days are missing, or not over, is not all there
// (R4 value set diagnostic-report-status).
func reportStatus(s *digest.Span) fhir.DiagnosticReportStatus {
	switch {
	case s.Open > 0:
		return fhir.DiagnosticReportStatusPreliminary
	case s.Logged < s.Days:
		return fhir.DiagnosticReportStatusPartial
	}
	return fhir.DiagnosticReportStatusFinal
}

// averageHeadings are those of averageRows.
var averageHeadings = []string{"Nutrient", "Mean per day", "Lowest day", "Highest day", "Days with a total"}

// averageRows are the averages of the core nutrients in words.
func averageRows(s *digest.Span) [][]string {
	var rows [][]string
	for _, a := range s.Averages {
		if n, _ := vocab.NutrientByKey(a.Nutrient); nutrients()[a.Nutrient].core {
			rows = append(rows, []string{
				n.Name, amountText(a.Mean), amountText(a.Low), amountText(a.High), fmt.Sprintf("%d of %d", a.Days, s.Days),
			})
		}
	}
	return rows
}

// coverage says how much of a span there is.
func coverage(s *digest.Span) string {
	said := fmt.Sprintf("%s to %s: %s of %d logged", s.From, s.To, counted(s.Logged, "day"), s.Days)
	if s.Marked {
		said += fmt.Sprintf(", %d of them marked as complete by the person", s.Completed)
	}
	if s.Open > 0 {
		said += fmt.Sprintf("; %s not over yet and not counted", counted(s.Open, "day"))
	}
	return said + "."
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// selfReported is what every reader of averages has to know.
const selfReported = "Logged by the person in a food diary; not measured by a clinician. " +
	"A mean is that of the days that have a total; a day without one is not counted as zero, and a day that was logged in part counts as it is."

func reportText(s *digest.Span, rows [][]string) *fhir.Narrative {
	var n narrative
	n.paragraph("Nutrition report of a week. " + coverage(s))
	n.table(averageHeadings, rows)
	n.paragraph(selfReported)
	return n.done()
}

// conclusion says the averages in a sentence each.
func conclusion(s *digest.Span, rows [][]string) string {
	said := []string{coverage(s)}
	for _, r := range rows {
		said = append(said, r[0]+": mean "+r[1]+" per day ("+r[4]+" days).")
	}
	return strings.Join(append(said, selfReported), " ")
}
