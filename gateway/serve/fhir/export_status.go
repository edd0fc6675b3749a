package fhir

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// A manifest is what a finished export has
// (https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status).
type manifest struct {
	TransactionTime     string       `json:"transactionTime"`
	Request             string       `json:"request"`
	RequiresAccessToken bool         `json:"requiresAccessToken"`
	Output              []exportItem `json:"output"`
	Deleted             []exportItem `json:"deleted"`
	Error               []exportItem `json:"error"`
}

type exportItem struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Count int64  `json:"count"`
}

// exportStatus answers with how far an export is, or what it has.
func (m *Room) exportStatus(r *http.Request) (room.Answer, error) {
	job, _, err := m.exportOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	switch job.State {
	case store.ExportFailed:
		return failedExport(job)
	case store.ExportDone:
		return m.exported(r, job)
	}
	p, err := export.ProgressOf(&job)
	if err != nil {
		return room.Answer{}, err
	}
	return accepted("the export is under way",
		[2]string{"X-Progress", progressText(p)}, [2]string{"Retry-After", m.patience(job)}), nil
}

// progressText has 100 characters at most, as the guide wants it.
func progressText(p export.Progress) string {
	if p.Type == "" {
		return fmt.Sprintf("%d resources", p.Resources)
	}
	return fmt.Sprintf("%d resources; %s of %d people so far", p.Resources, p.Type, p.People)
}

// patience is the seconds after which to ask again: the longer it takes, the more.
func (m *Room) patience(job store.Export) string {
	age := m.Now().Sub(job.Created)
	switch {
	case age < 10*time.Second:
		return "1"
	case age < time.Minute:
		return "5"
	}
	return "30"
}

func (m *Room) exported(r *http.Request, job store.Export) (room.Answer, error) {
	p, err := export.ProgressOf(&job)
	if err != nil {
		return room.Answer{}, err
	}
	doc := manifest{
		TransactionTime: job.AsOf.Format(instantForm), Request: job.Request, RequiresAccessToken: true,
		Output: []exportItem{}, Deleted: []exportItem{}, Error: []exportItem{},
	}
	for _, f := range p.Files {
		item := exportItem{f.Type, m.base(r) + "/$export/" + job.ID + "/" + f.Name, f.Count}
		switch f.List {
		case export.Output:
			doc.Output = append(doc.Output, item)
		case export.Deleted:
			doc.Deleted = append(doc.Deleted, item)
		case export.Errors:
			doc.Error = append(doc.Error, item)
		}
	}
	page, err := room.JSON("application/json", doc)
	return room.Answer{Page: page, Fields: [][2]string{{"Expires", job.Expires.UTC().Format(http.TimeFormat)}}}, err
}

const instantForm = "2006-01-02T15:04:05.000Z07:00"

// failedExport tells why an export came to nothing.
func failedExport(job store.Export) (room.Answer, error) {
	if job.Class == store.PersonErased {
		return room.Answer{}, fault.New(fault.Gone, "somebody whom the export held was erased, so its files are deleted (%s); ask again", job.Class)
	}
	text := "the export failed (" + job.Class + "); the operator's log says why"
	body := fhir.OperationOutcome([]fhir.OutcomeIssue{{Severity: "fatal", Code: "exception", Diagnostics: text}})
	return room.Answer{Page: represent.NewPage(fhir.MediaType, body)}, fault.New(fault.Internal, "export %s failed: %s", job.ID, job.Class)
}

// covers returns an error unless the caller may see as much as the one who asked
// for the export: a client may have several tokens, and less with another.
func covers(now *grant.Grant, ask *export.Ask, f export.File) error {
	refused := fault.New(fault.Forbidden, "the token permits less than that for which the export was made")
	for _, t := range ask.Types {
		if f.List == export.Output && t.Name != f.Type {
			continue // other files tell of resources of every type
		}
		if !asMuch(now, &ask.Grant, t.Name) {
			return refused
		}
	}
	return nil
}

// asMuch reports whether one who has a grant now finds as much of a type as with
// that of before.
func asMuch(now, before *grant.Grant, resourceType string) bool {
	queries, ok := now.May(grant.Search, resourceType)
	had, _ := before.May(grant.Search, resourceType)
	return ok && (now.Patient == "" || now.Patient == before.Patient) && (len(queries) == 0 || reflect.DeepEqual(queries, had))
}

// section is the beginning of a file: what lies behind it is not there yet.
func section(f *os.File, length int64) io.ReadSeekCloser {
	return part{io.NewSectionReader(f, 0, length), f}
}

type part struct {
	*io.SectionReader
	io.Closer
}
