package fhir

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"

	"nutrigate/gateway/export"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// An Exporter works on exports in the background.
type Exporter interface {
	// Start keeps an export to be worked on; RateLimited where the client has too many.
	Start(ctx context.Context, client, request string, ask *export.Ask) (store.Export, error)
	// Open opens a file of an export that is done; the caller closes it.
	Open(job *store.Export, name string) (*os.File, export.File, error)
}

// exportOperations are those of Bulk Data Access
// (https://hl7.org/fhir/uv/bulkdata/STU2/export.html), none without an Exporter;
// and those of subscriptions.
func (m *Room) exportOperations() []operation {
	if m.Exports == nil {
		return m.subscriptionOperations()
	}
	const definition = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
	id := room.Param{Name: "id", Required: true, Summary: "all, or reference- and how the references begin"}
	return append([]operation{
		{"export", definition + "export", nil, m.exportRoutes(ofSystem, "/$export", "Export everything in the background")},
		{"export", definition + "patient-export", []string{"Patient"}, m.exportRoutes(ofPatients, "/Patient/$export", "Export what is about people")},
		{"export", definition + "group-export", []string{"Group"}, m.exportRoutes(ofGroup, "/Group/{id}/$export", "Export what is about the people of a group", id)},
	}, m.subscriptionOperations()...)
}

func (m *Room) exportRoutes(l level, path, summary string, within ...room.Param) func() []room.Route {
	gives := []string{fhir.MediaType}
	return func() []room.Route {
		return []room.Route{
			{Method: http.MethodGet, Path: path, Summary: summary, Params: append(within, exportParams()...), Gives: gives, Handle: m.exporting(l)},
			{
				Method: http.MethodPost, Path: path, Summary: summary + ", by Parameters", Params: within,
				Takes: form.Types(), Gives: gives, Handle: m.exporting(l),
			},
		}
	}
}

// exportJobRoutes are those of exports that have begun.
func (m *Room) exportJobRoutes() []room.Route {
	if m.Exports == nil {
		return nil
	}
	job := room.Param{Name: "job", Required: true, Summary: "the export's id"}
	file := room.Param{Name: "file", Required: true, Summary: "as the export names it"}
	return []room.Route{
		{Method: http.MethodGet, Path: "/$export/{job}", Summary: "How far an export is, or what it has", Params: []room.Param{job}, Gives: []string{"application/json"}, Handle: m.exportStatus},
		{Method: http.MethodDelete, Path: "/$export/{job}", Summary: "End an export and delete its files", Params: []room.Param{job}, Gives: []string{fhir.MediaType}, Handle: m.endExport},
		{Method: http.MethodGet, Path: "/$export/{job}/{file}", Summary: "A file of an export", Params: []room.Param{job, file}, Gives: []string{ndjson}, Handle: m.exportFile},
	}
}

func exportParams() []room.Param {
	return []room.Param{
		{Name: "_outputFormat", Summary: ndjson + ", which is what there is", Values: outputFormats()},
		{Name: "_since", Example: "2026-01-31T00:00:00Z", Summary: "only what changed after this instant, and what was deleted"},
		{Name: "_until", Example: "2026-02-28T00:00:00Z", Summary: "only what changed up to this instant"},
		{Name: "_type", Example: "Patient,Observation", Summary: "types of resource; all if absent"},
		{Name: "_elements", Example: "id,Observation.code", Summary: "elements that are wanted; those that must be there come with them"},
		{Name: "_typeFilter", Example: "Observation?category=vital-signs", Summary: "a search that resources of the type have to meet; one of several"},
	}
}

const ndjson = "application/fhir+ndjson"

func outputFormats() []string { return []string{ndjson, "application/ndjson", "ndjson"} }

// exporting answers the request for an export: with where to ask for it.
func (m *Room) exporting(l level) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		prefix, err := groupOf(r, l)
		if err != nil {
			return room.Answer{}, err
		}
		q, err := exportQuery(r)
		if err != nil {
			return room.Answer{}, err
		}
		if err := mayExport(r); err != nil {
			return room.Answer{}, err
		}
		ask, err := m.exportAsk(r, l, prefix, q)
		if err != nil {
			return room.Answer{}, err
		}
		g := room.Grant(r.Context())
		address := room.Base(r, m.BaseURL)
		job, err := m.Exports.Start(r.Context(), g.Client, address+r.URL.RequestURI(), ask)
		if fault.KindOf(err) == fault.RateLimited {
			return room.Answer{Fields: [][2]string{{"Retry-After", "60"}}}, err
		}
		if err != nil {
			return room.Answer{}, err
		}
		return accepted("the export has begun; Content-Location is where to ask for it",
			[2]string{"Content-Location", m.base(r) + "/$export/" + job.ID}), nil
	}
}

// accepted is an answer that tells what is being done.
func accepted(text string, fields ...[2]string) room.Answer {
	body := fhir.OperationOutcome([]fhir.OutcomeIssue{{Severity: "information", Code: "informational", Diagnostics: text}})
	return room.Answer{Result: room.Accepted, Page: represent.NewPage(fhir.MediaType, body), MediaType: fhir.MediaType, Fields: fields}
}

// mayExport checks the header fields. The guide lets a server do without them;
// we want to know that the client waits for an asynchronous answer, as one that
// does not would take ours for the data.
func mayExport(r *http.Request) error {
	if _, err := form.Of(r, url.Values{"_format": r.URL.Query()["_format"]}, ""); err != nil {
		return err
	}
	if !prefers(r, "respond-async") && !lenient(r) {
		return fault.New(fault.Invalid, "an export is asynchronous: send Prefer: respond-async")
	}
	return nil
}

// prefers reports whether the client has the preference (RFC 7240).
func prefers(r *http.Request, what string) bool {
	for _, p := range strings.FieldsFunc(strings.Join(r.Header.Values("Prefer"), ","), func(c rune) bool { return c == ',' || c == ';' }) {
		if strings.EqualFold(strings.TrimSpace(p), what) {
			return true
		}
	}
	return false
}

// exportOf returns an export to the client whose it is; it is nobody else's.
func (m *Room) exportOf(r *http.Request) (store.Export, *export.Ask, error) {
	g := room.Grant(r.Context())
	job, err := m.Store.Export(r.Context(), g.Tenant, r.PathValue("job"))
	if err == nil && job.Client != g.Client {
		err = fault.New(fault.NotFound, "no such export")
	}
	if err != nil {
		return job, nil, err
	}
	ask, err := export.AskOf(&job)
	return job, ask, err
}

// endExport deletes an export. Whoever asks for it afterwards does not find it.
func (m *Room) endExport(r *http.Request) (room.Answer, error) {
	job, _, err := m.exportOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.DeleteExport(r.Context(), job.Tenant, job.ID); err != nil {
		return room.Answer{}, err
	}
	return accepted("the export is deleted"), nil
}

// exportFile answers with a file of an export, to whoever might still ask for it.
func (m *Room) exportFile(r *http.Request) (room.Answer, error) {
	job, ask, err := m.exportOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	opened, f, err := m.Exports.Open(&job, r.PathValue("file"))
	if err != nil {
		return room.Answer{}, err
	}
	if err := covers(room.Grant(r.Context()), ask, f); err != nil {
		return room.Answer{}, cmp.Or(opened.Close(), err)
	}
	content := section(opened, f.Bytes)
	return room.Answer{File: &room.File{Content: content, Tag: job.ID + "-" + f.Name}, MediaType: ndjson}, nil
}
