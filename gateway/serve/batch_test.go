package serve_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/fhir"
)

// batchAnswer is what the tests read of the answer to a batch.
type batchAnswer struct {
	Type  string
	Entry []struct {
		Resource *struct{ ResourceType, ID string }
		Response struct {
			Status, Etag, LastModified string
			Outcome                    *struct{ ResourceType string }
		}
	}
}

// batchOf is a Bundle of requests, written "GET Patient/1".
func batchOf(kind string, requests ...string) string {
	var entries []string
	for _, r := range requests {
		method, url, _ := strings.Cut(r, " ")
		entries = append(entries, `{"request":{"method":"`+method+`","url":"`+url+`"}}`)
	}
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
}

// R4, http.html#transaction.
func TestBatch(t *testing.T) {
	w := newWorld(t)
	ann, bob := "Patient/"+w.ann.ID, "Patient/"+w.bob.ID
	send := func(t *testing.T, doc string) batchAnswer {
		t.Helper()
		r := w.do(t, posted("/fhir", doc))
		if r.Code != http.StatusOK {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
		return decode[batchAnswer](t, r)
	}
	t.Run("answers each request in its place", func(t *testing.T) {
		got := send(t, batchOf("batch", "GET "+ann, "GET Goal?patient="+w.ann.ID, "GET /metadata", "GET http://example.com/fhir/"+ann+"/_history/1"))
		var types []string
		for _, e := range got.Entry {
			if e.Response.Status != "200" || e.Resource == nil {
				t.Fatalf("%+v", e)
			}
			types = append(types, e.Resource.ResourceType)
		}
		if got.Type != "batch-response" || !slices.Equal(types, []string{"Patient", "Bundle", "CapabilityStatement", "Patient"}) {
			t.Errorf("%s %v", got.Type, types)
		}
		if r := got.Entry[0].Response; r.Etag != `W/"1"` || r.LastModified == "" || got.Entry[1].Response.Etag != "" {
			t.Errorf("%+v, %+v", r, got.Entry[1].Response)
		}
	})
	t.Run("a request that fails has its own outcome, and the others their answers", func(t *testing.T) {
		got := send(t, batchOf("batch", "GET "+bob, "PUT "+ann, "GET Observation?colour=red", "GET Encounter", "GET ../v2/subscriptions", "GET http://elsewhere.example/fhir/"+ann, "GET "+ann))
		var status []string
		for _, e := range got.Entry {
			status = append(status, e.Response.Status)
			if failed := e.Response.Status != "200"; failed != (e.Response.Outcome != nil) || failed == (e.Resource != nil) {
				t.Errorf("%+v", e)
			}
		}
		if want := []string{"404", "405", "400", "404", "400", "400", "200"}; !slices.Equal(status, want) {
			t.Errorf("%v, want %v", status, want)
		}
	})
	t.Run("a condition is met by 304, without a resource", func(t *testing.T) {
		doc := strings.Replace(batchOf("batch", "GET "+ann), `"}}`, `","ifNoneMatch":"W/\"1\""}}`, 1)
		if got := send(t, doc); got.Entry[0].Response.Status != "304" || got.Entry[0].Resource != nil {
			t.Errorf("%+v", got.Entry[0])
		}
	})
	t.Run("a transaction of reads is one too", func(t *testing.T) {
		if got := send(t, batchOf("transaction", "GET "+ann, "GET Goal")); got.Type != "transaction-response" || len(got.Entry) != 2 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("an empty batch has an empty answer", func(t *testing.T) {
		if got := send(t, `{"resourceType":"Bundle","type":"batch"}`); got.Type != "batch-response" || len(got.Entry) != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("each request has a line in the log, which names nobody", func(t *testing.T) {
		w.log.Reset()
		send(t, batchOf("batch", "GET "+ann, "GET "+ann))
		log := w.log.String()
		if strings.Count(log, "route=/fhir/Patient/:id") != 2 || strings.Contains(log, w.ann.ID) {
			t.Error(log)
		}
	})
	t.Run("everything in a batch is bounded as a whole", func(t *testing.T) {
		got := send(t, batchOf("batch", "GET "+ann+"/$everything"))
		if got.Entry[0].Response.Status != "200" || got.Entry[0].Resource.ResourceType != "Bundle" {
			t.Errorf("%+v", got.Entry[0])
		}
	})
	w.play(t, []scenario{
		{"as XML", posted("/fhir?_format=xml", batchOf("batch", "GET "+ann, "GET "+bob)), 200, []string{`<type value="batch-response"/>`, `<outcome><OperationOutcome>`}, nil},
		{"at the address with a slash", posted("/fhir/", batchOf("batch", "GET "+ann)), 200, []string{"batch-response"}, nil},
		{"a transaction that changes something", posted("/fhir", batchOf("transaction", "GET "+ann, "DELETE "+ann)), 405, []string{"Bundle.entry[1].request"}, nil},
		{"a transaction of which one fails", posted("/fhir", batchOf("transaction", "GET "+ann, "GET "+bob)), 400, []string{"Bundle.entry[1]"}, nil},
		{"a Bundle of another type", posted("/fhir", `{"resourceType":"Bundle","type":"collection"}`), 400, []string{"batch or transaction"}, nil},
		{"what is no Bundle", posted("/fhir", `{"resourceType":"Patient"}`), 400, []string{"batch or transaction"}, nil},
		{"nothing", call{method: http.MethodPost, url: "/fhir"}, 400, nil, nil},
		{"more entries than there may be", posted("/fhir", batchOf("batch", slices.Repeat([]string{"GET metadata"}, 101)...)), 413, []string{"100 entries"}, nil},
		{"GET at the base", call{url: "/fhir"}, 405, []string{"OperationOutcome"}, nil},
		{"without a key", call{method: http.MethodPost, url: "/fhir", bare: true}, 401, nil, nil},
	})
}

// What the statement promises has a route, and what has one is promised.
func TestStatement(t *testing.T) {
	w := newWorld(t)
	var s struct {
		FHIRVersion string
		Format      []string
		Rest        []struct {
			Interaction, Operation []struct{ Code, Name string }
			Resource               []struct {
				Type                   string
				Interaction, Operation []struct{ Code, Name string }
			}
		}
	}
	if err := json.Unmarshal(w.get(t, "/fhir/metadata?mode=full").Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "xml", "application/fhir+json", "application/fhir+xml"} {
		if !slices.Contains(s.Format, format) {
			t.Errorf("no format %s", format)
		}
	}
	var system []string
	for _, i := range s.Rest[0].Interaction {
		system = append(system, i.Code)
	}
	if !slices.Equal(system, []string{"history-system", "batch", "transaction"}) {
		t.Errorf("the system has %v", system)
	}
	promised := map[string]bool{}
	for _, r := range s.Rest[0].Resource {
		for _, o := range r.Operation {
			promised[r.Type+"/$"+o.Name] = true
		}
		for _, i := range r.Interaction {
			if slices.Contains([]string{"create", "update", "delete"}, i.Code) {
				if r.Type != "Subscription" { // which TestSubscriptions writes
					t.Errorf("%s of %s", i.Code, r.Type)
				}
				continue
			}
			url := map[string]string{
				"read": "/x", "vread": "/x/_history/1", "history-instance": "/x/_history", "history-type": "/_history?_count=1", "search-type": "?_count=1",
			}[i.Code]
			if got := w.get(t, "/fhir/"+r.Type+url); url == "" || got.Code == http.StatusMethodNotAllowed || strings.Contains(got.Body.String(), "nothing at this address") {
				t.Errorf("%s of %s: %d", i.Code, r.Type, got.Code)
			}
		}
	}
	for _, d := range fhir.OperationDefinitions() {
		o, ok := fhir.OperationOf(d.ID)
		if !ok {
			t.Fatalf("no operation %s", d.ID)
		}
		for _, name := range o.Resources {
			if strings.HasSuffix(d.ID, "export") || o.Code == "summary" {
				continue // tested where they are made
			}
			if name == "Resource" {
				name = "Observation"
			}
			if served := slices.ContainsFunc(s.Rest[0].Resource, func(r struct {
				Type                   string
				Interaction, Operation []struct{ Code, Name string }
			},
			) bool {
				return r.Type == name
			}); served && !promised[name+"/$"+o.Code] {
				t.Errorf("%s/$%s has a definition and is not promised", name, o.Code)
			}
		}
	}
}
