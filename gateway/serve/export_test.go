package serve_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/serve"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// exported is a finished export.
type exported struct {
	address         string
	TransactionTime string
	Request         string
	Output          []exportFile
	Deleted, Error  []exportFile
	RequiresToken   bool `json:"requiresAccessToken"`
}

type exportFile struct {
	Type, URL string
	Count     int
}

func (x exported) of(typ string) (files []exportFile) {
	for _, f := range x.Output {
		if f.Type == typ {
			files = append(files, f)
		}
	}
	return files
}

// work lets the gateway work in the background while do runs.
func (w *world) work(t testing.TB, do func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.handler.(*serve.Server).Run(ctx) }()
	do()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// export asks for an export, and waits until it is there.
func (w *world) export(t testing.TB, c call) exported {
	t.Helper()
	if c.header == nil {
		c.header = map[string]string{}
	}
	c.header["Prefer"] = "respond-async"
	begun := w.do(t, c)
	if begun.Code != http.StatusAccepted {
		t.Fatalf("%s: %d %s", c.url, begun.Code, begun.Body)
	}
	var x exported
	address := begun.Header().Get("Content-Location")
	w.work(t, func() {
		for range 3000 {
			got := w.do(t, call{url: address, header: c.header, bare: c.bare})
			if got.Code == http.StatusOK {
				x = decode[exported](t, got)
				return
			}
			if got.Code != http.StatusAccepted || got.Header().Get("X-Progress") == "" || got.Header().Get("Retry-After") == "" {
				t.Fatalf("%d %s %v", got.Code, got.Body, got.Header())
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatal("never done")
	})
	x.address = address
	return x
}

// lines are those of files.
func (w *world) lines(t testing.TB, files []exportFile) (all []string) {
	t.Helper()
	for _, f := range files {
		got := w.get(t, f.URL)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/fhir+ndjson" {
			t.Fatalf("%s: %d %s", f.URL, got.Code, got.Header().Get("Content-Type"))
		}
		some := strings.Split(strings.TrimSuffix(got.Body.String(), "\n"), "\n")
		if len(some) != f.Count {
			t.Errorf("%s has %d lines, and %d by the manifest", f.URL, len(some), f.Count)
		}
		all = append(all, some...)
	}
	return all
}

func (w *world) total(t testing.TB, search string) int {
	t.Helper()
	b := decode[bundle](t, w.get(t, search+"_count=0"))
	if b.Total == nil {
		t.Fatal(search)
	}
	return *b.Total
}

func TestBulkExport(t *testing.T) {
	w := newWorld(t)
	x := w.export(t, call{url: "/fhir/$export?_outputFormat=application/fhir%2Bndjson"})
	if !x.RequiresToken || !strings.HasSuffix(x.Request, "/fhir/$export?_outputFormat=application/fhir%2Bndjson") || len(x.Deleted) > 0 {
		t.Errorf("the manifest is %+v", x)
	}
	t.Run("has all that searches find, and checked", func(t *testing.T) {
		for _, typ := range []string{"Patient", "Observation", "Goal", "NutritionOrder"} {
			lines := w.lines(t, x.of(typ))
			if want := w.total(t, "/fhir/"+typ+"?"); len(lines) != want {
				t.Errorf("%d of %s, want %d", len(lines), typ, want)
			}
			if err := (fhir.Format{}).Check(mapping.Document{Type: typ, Body: []byte(lines[0])}); err != nil {
				t.Error(err)
			}
			if all := strings.Join(lines, "\n"); strings.Contains(all, w.bob.ID) || !strings.Contains(all, w.ann.ID) {
				t.Errorf("%s is not of Ann alone", typ)
			}
		}
	})
	t.Run("a file can be had in parts and compressed", func(t *testing.T) {
		address := x.of("Observation")[0].URL
		whole := w.get(t, address).Body.String()
		part := w.do(t, call{url: address, header: map[string]string{"Range": "bytes=10-19"}})
		if part.Code != http.StatusPartialContent || part.Body.String() != whole[10:20] {
			t.Errorf("%d %q", part.Code, part.Body)
		}
		packed := w.do(t, call{url: address, header: map[string]string{"Accept-Encoding": "gzip"}})
		r, err := gzip.NewReader(packed.Body)
		if err != nil || packed.Header().Get("Content-Encoding") != "gzip" {
			t.Fatal(packed.Header(), err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != whole {
			t.Errorf("unpacked it is another (%v)", err)
		}
	})
	t.Run("is nobody else's", func(t *testing.T) {
		key := privateKey(t, "ES384")
		token := w.serviceToken(t, key, w.service(t, key, "system/*.rs"), "system/*.rs")
		for _, address := range []string{x.address, x.Output[0].URL} {
			if got := w.with(t, token, address); got.Code != http.StatusNotFound {
				t.Errorf("another client gets %d", got.Code)
			}
			if got := w.do(t, call{url: address, bare: true}); got.Code != http.StatusUnauthorized {
				t.Errorf("nobody gets %d", got.Code)
			}
		}
	})
	t.Run("what is named alone", func(t *testing.T) {
		carl, err := w.store.PutUser(t.Context(), store.User{Tenant: "demo", Reference: "carl", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		byPost := func(parameters string) call {
			return call{method: http.MethodPost, url: "/fhir/Patient/$export", header: map[string]string{"Content-Type": "application/fhir+json"}, body: strings.NewReader(`{"resourceType":"Parameters","parameter":[` + parameters + `]}`)}
		}
		code := "code=http://loinc.org|29463-7"
		for name, tt := range map[string]struct {
			c    call
			want map[string]int
		}{
			"a type":              {call{url: "/fhir/$export?_type=Patient"}, map[string]int{"Patient": 2}},
			"a person":            {byPost(`{"name":"patient","valueReference":{"reference":"Patient/` + carl.ID + `"}},{"name":"_type","valueString":"Patient,Observation"}`), map[string]int{"Patient": 1}},
			"a group":             {call{url: "/fhir/Group/reference-ca/$export?_type=Patient"}, map[string]int{"Patient": 1}},
			"the group of all":    {call{url: "/fhir/Group/all/$export?_type=Patient"}, map[string]int{"Patient": 2}},
			"what a filter finds": {call{url: "/fhir/$export?_type=Observation&_typeFilter=" + url.QueryEscape("Observation?"+code)}, map[string]int{"Observation": w.total(t, "/fhir/Observation?"+strings.ReplaceAll(code, "|", "%7C")+"&")}},
			"what one of two finds": {
				call{url: "/fhir/$export?_type=Observation&_typeFilter=" + url.QueryEscape("Observation?"+code+",Observation?category=activity")},
				map[string]int{"Observation": w.total(t, "/fhir/Observation?"+strings.ReplaceAll(code, "|", "%7C")+"&") + w.total(t, "/fhir/Observation?category=activity&")},
			},
			"nothing that is new": {call{url: "/fhir/$export?_type=Observation,Goal&_since=" + x.TransactionTime}, map[string]int{}},
		} {
			t.Run(name, func(t *testing.T) {
				x, got := w.export(t, tt.c), map[string]int{}
				for _, f := range x.Output {
					got[f.Type] += f.Count
				}
				for typ, n := range tt.want {
					if got[typ] != n {
						t.Errorf("%d of %s, want %d", got[typ], typ, n)
					}
					delete(got, typ)
				}
				if len(got) > 0 {
					t.Errorf("and %v", got)
				}
			})
		}
	})
	t.Run("what is wanted of each resource", func(t *testing.T) {
		x := w.export(t, call{url: "/fhir/Patient/$export?_type=Observation,Goal&_elements=Observation.code"})
		line := w.lines(t, x.of("Observation"))[0]
		if strings.Contains(line, "subject") || !strings.Contains(line, `"code":{`) || !strings.Contains(line, "SUBSETTED") {
			t.Errorf("got %s", line)
		}
		if line := w.lines(t, x.of("Goal"))[0]; strings.Contains(line, "SUBSETTED") || !strings.Contains(line, "subject") {
			t.Errorf("got %s", line)
		}
	})
	t.Run("tells what was deleted since", func(t *testing.T) {
		gone := w.forget(t, record.KindNote)
		x := w.export(t, call{url: "/fhir/$export?_type=Observation&_since=" + x.TransactionTime})
		lines := w.lines(t, x.Deleted)
		if len(lines) == 0 || len(x.Output) > 0 {
			t.Fatalf("%d lines; %+v", len(lines), x)
		}
		for _, line := range lines {
			if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: []byte(line)}); err != nil {
				t.Error(err)
			}
		}
		for _, id := range gone {
			if !strings.Contains(strings.Join(lines, ""), `"DELETE","url":"Observation/`+id+`"`) {
				t.Errorf("nothing says that %s is gone", id)
			}
		}
	})
	t.Run("is as it was when it was asked for", func(t *testing.T) {
		before := w.total(t, "/fhir/Observation?")
		begun := w.do(t, call{url: "/fhir/$export?_type=Observation", header: map[string]string{"Prefer": "respond-async"}})
		w.forget(t, record.KindExercise)
		var x exported
		w.work(t, func() {
			for x.TransactionTime == "" {
				if got := w.get(t, begun.Header().Get("Content-Location")); got.Code == http.StatusOK {
					x = decode[exported](t, got)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
		if got := len(w.lines(t, x.of("Observation"))); got != before || w.total(t, "/fhir/Observation?") >= before {
			t.Errorf("%d, want %d", got, before)
		}
	})
	t.Run("is gone once it is deleted", func(t *testing.T) {
		for _, want := range []int{http.StatusAccepted, http.StatusNotFound} {
			if got := w.do(t, call{method: http.MethodDelete, url: x.address}); got.Code != want || got.Header().Get("Content-Type") != "application/fhir+json" && want == http.StatusAccepted {
				t.Errorf("%d %v", got.Code, got.Header())
			}
		}
		for _, address := range []string{x.address, x.Output[0].URL} {
			if got := w.get(t, address); got.Code != http.StatusNotFound || !strings.Contains(got.Body.String(), "OperationOutcome") {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		}
	})
}

// forget imports a day of Ann's that has nothing of a kind any more, and returns
// the ids of what it had.
func (w *world) forget(t testing.TB, kind record.Kind) (ids []string) {
	t.Helper()
	page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", User: w.ann.ID, Select: []store.Selector{{Kind: kind}}})
	if err != nil || len(page.Records) == 0 {
		t.Fatal(kind, err)
	}
	im, err := w.store.Begin(t.Context(), "demo", w.ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Rollback()
	for _, r := range page.Records {
		if r.Day == page.Records[0].Day {
			ids = append(ids, r.ID)
		}
	}
	if _, err := im.Replace(t.Context(), "", "another", []record.Kind{kind}, page.Records[0].Day, nil); err != nil {
		t.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestExportsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	key := privateKey(t, "ES384")
	token := w.serviceToken(t, key, w.service(t, key, "system/Goal.rs"), "system/Goal.rs")
	parameters := `{"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":{"reference":"Patient/` + w.bob.ID + `"}}]}`
	for _, c := range []struct {
		name, url string
		change    func(c *call)
		status    int
		says      string
	}{
		{"who does not want to wait", "$export", func(c *call) { delete(c.header, "Prefer") }, 400, "Prefer: respond-async"},
		{"who is lenient is believed to", "$export", func(c *call) { c.header["Prefer"] = "handling=lenient" }, 202, ""},
		{"another format of answers", "$export", func(c *call) { c.header["Accept"] = "text/csv" }, 406, ""},
		{"another format of files", "$export?_outputFormat=text/csv", nil, 400, "_outputFormat"},
		{"a type that there is not", "$export?_type=Patient,Encounter", nil, 400, "Encounter"},
		{"which is passed over if wanted", "$export?_type=Patient,Encounter", func(c *call) { c.header["Prefer"] = "respond-async, handling=lenient" }, 202, ""},
		{"elements that are none", "$export?_elements=Code", nil, 400, "_elements"},
		{"a day for an instant", "$export?_since=2026-01-01", nil, 400, "_since"},
		{"an unknown parameter", "$export?includeAssociatedData=x", nil, 400, "includeAssociatedData"},
		{"a filter that cannot be", "$export?_typeFilter=Observation%3Fcode:near=1", nil, 400, "code:near"},
		{"a filter that follows references", "$export?_typeFilter=Observation%3Fsubject:Patient._id=1", nil, 400, "_typeFilter"},
		{"a filter of another type", "$export?_type=Goal&_typeFilter=Observation%3Fcode=1", nil, 400, "_typeFilter"},
		{"people in the address", "Patient/$export?patient=x", nil, 400, "patient"},
		{"a group that there is not", "Group/some/$export", nil, 404, ""},
		{"another tenant's person", "Patient/$export", func(c *call) {
			c.method, c.body = http.MethodPost, strings.NewReader(parameters)
			c.header["Content-Type"] = "application/fhir+json"
		}, 400, "no such Patient"},
		{"a form", "$export", func(c *call) {
			c.method, c.body = http.MethodPost, strings.NewReader("a=b")
			c.header["Content-Type"] = "application/x-www-form-urlencoded"
		}, 415, ""},
		{"a type beyond the token's scopes", "$export?_type=Observation", func(c *call) {
			c.bare, c.header["Authorization"] = true, "Bearer "+token
		}, 403, "Observation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := call{url: "/fhir/" + c.url, header: map[string]string{"Prefer": "respond-async"}}
			if c.change != nil {
				c.change(&request)
			}
			got := w.do(t, request)
			if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) || !strings.Contains(got.Body.String(), "OperationOutcome") {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	t.Run("what the scopes name is had", func(t *testing.T) {
		x := w.export(t, call{url: "/fhir/$export", bare: true, header: map[string]string{"Authorization": "Bearer " + token}})
		if len(x.Output) != 1 || x.Output[0].Type != "Goal" {
			t.Errorf("got %+v", x.Output)
		}
	})
	t.Run("a batch has no place for what is no resource", func(t *testing.T) {
		x := w.export(t, call{url: "/fhir/$export?_type=Goal,Patient"})
		_, job, _ := strings.Cut(x.address, "/fhir/")
		_, file, _ := strings.Cut(x.Output[0].URL, "/fhir/")
		got := decode[batchAnswer](t, w.do(t, posted("/fhir", batchOf("batch", "GET "+job, "GET "+file, "GET metadata"))))
		for i, want := range []string{"406", "406", "200"} {
			if e := got.Entry[i]; e.Response.Status != want || (e.Resource == nil) != (want == "406") {
				t.Errorf("%d: %+v", i, e)
			}
		}
	})
	t.Run("a person who is erased takes the export along", func(t *testing.T) {
		x := w.export(t, call{url: "/fhir/$export?_type=Goal"})
		if err := w.store.Deauthenticate(t.Context(), store.Event{Tenant: "demo", User: w.ann.ID, Type: "deauth"}); err != nil {
			t.Fatal(err)
		}
		if got := w.get(t, x.address); got.Code != http.StatusGone || !strings.Contains(got.Body.String(), "person_erased") {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if got := w.get(t, x.Output[0].URL); got.Code != http.StatusNotFound {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

func TestSubscriptions(t *testing.T) {
	w := newWorld(t)
	const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
	body := func(change func(s, channel map[string]any)) string {
		channel := map[string]any{"type": "rest-hook", "endpoint": "https://hooks.example/a", "payload": "application/fhir+json", "header": []string{"Authorization: Bearer secret"}}
		s := map[string]any{"resourceType": "Subscription", "status": "requested", "reason": "a test", "criteria": "Observation?code=http://loinc.org|29463-7", "channel": channel}
		if change != nil {
			change(s, channel)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	send := func(method, address, body string, token ...string) *call {
		c := &call{method: method, url: address, body: strings.NewReader(body), header: map[string]string{"Content-Type": "application/fhir+json"}}
		if len(token) > 0 {
			c.bare, c.header["Authorization"] = true, "Bearer "+token[0]
		}
		return c
	}
	type subscription struct {
		ID, Status string
		Channel    struct{ Header []string }
	}
	for name, tt := range map[string]struct {
		change func(s, channel map[string]any)
		says   string
	}{
		"a type of which nobody is told":    {func(s, _ map[string]any) { s["criteria"] = "Device?type=x" }, "criteria"},
		"a parameter that there is not":     {func(s, _ map[string]any) { s["criteria"] = "Observation?codes=x" }, "codes"},
		"a search that follows references":  {func(s, _ map[string]any) { s["criteria"] = "Observation?subject:Patient._id=x" }, "criteria"},
		"a topic that there is not":         {func(s, _ map[string]any) { s["criteria"] = "https://example.org/topic" }, "observation-changed"},
		"another channel":                   {func(_, c map[string]any) { c["type"] = "email" }, "rest-hook"},
		"an address that may not be called": {func(_, c map[string]any) { c["endpoint"] = "http://10.0.0.1" }, "public"},
		"XML":                               {func(_, c map[string]any) { c["payload"] = "application/fhir+xml" }, "channel.payload"},
		"an end that is over":               {func(s, _ map[string]any) { s["end"] = "2020-01-01T00:00:00Z" }, "end"},
		"what R4 does not know":             {func(s, _ map[string]any) { s["colour"] = "red" }, "colour"},
		"a field that is ours":              {func(_, c map[string]any) { c["header"] = []string{"Webhook-Id: 1"} }, "Webhook-Id"},
		"no reason, which R4 wants":         {func(s, _ map[string]any) { delete(s, "reason") }, "reason"},
		"a new one that is over at once":    {func(s, _ map[string]any) { s["status"] = "off" }, "status"},
		"heartbeats that are most of it all": {func(s, c map[string]any) {
			s["criteria"] = "https://nutrigate.dev/fhir/SubscriptionTopic/observation-changed"
			c["extension"] = []any{map[string]any{"url": backport + "backport-heartbeat-period", "valueUnsignedInt": 1}}
		}, "heartbeat"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			got := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(tt.change)))
			if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), tt.says) || strings.Contains(got.Body.String(), "secret") {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	made := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(nil)))
	s := decode[subscription](t, made)
	address := "/fhir/Subscription/" + s.ID
	t.Run("are made as they are asked for, and show no secret", func(t *testing.T) {
		if made.Code != http.StatusCreated || s.Status != "requested" || !strings.Contains(made.Header().Get("Location"), address+"/_history/") || !slices.Equal(s.Channel.Header, []string{"Authorization: [redacted]"}) {
			t.Errorf("%d %s %v", made.Code, made.Body, made.Header())
		}
		if got := w.get(t, address); got.Code != http.StatusOK || strings.Contains(got.Body.String(), "Bearer secret") {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if err := (fhir.Format{}).Check(mapping.Document{Type: "Subscription", Body: made.Body.Bytes()}); err != nil {
			t.Error(err)
		}
		if found := decode[bundle](t, w.get(t, "/fhir/Subscription?status=requested&type=rest-hook")); len(found.ids()) != 1 {
			t.Errorf("a search finds %v", found.ids())
		}
		if headers, err := w.store.Headers(t.Context(), "demo", s.ID); err != nil || headers["Authorization"] != "Bearer secret" {
			t.Errorf("what is sent has %v (%v)", headers, err)
		}
	})
	t.Run("keep a secret that comes back as it was shown", func(t *testing.T) {
		got := w.do(t, *send(http.MethodPut, address, body(func(s2, c map[string]any) {
			s2["id"], s2["status"], c["header"] = s.ID, "off", []string{"Authorization: [redacted]"}
		})))
		if got.Code != http.StatusOK || decode[subscription](t, got).Status != "off" {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if headers, err := w.store.Headers(t.Context(), "demo", s.ID); err != nil || headers["Authorization"] != "Bearer secret" {
			t.Errorf("what is sent has %v (%v)", headers, err)
		}
	})
	t.Run("are made at the address that the answer gives", func(t *testing.T) {
		at := made.Header().Get("Location")
		if got := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(nil))); got.Header().Get("Location") == at {
			t.Errorf("two at %s", at)
		} else if again := w.get(t, got.Header().Get("Location")); again.Code != http.StatusOK || again.Header().Get("ETag") != got.Header().Get("ETag") {
			t.Errorf("%d %s", again.Code, again.Body)
		} else if gone := w.do(t, *send(http.MethodDelete, "/fhir/Subscription/"+decode[subscription](t, got).ID, "")); gone.Code != http.StatusNoContent {
			t.Errorf("%d %s", gone.Code, gone.Body)
		}
	})
	t.Run("are changed by nobody who means another version", func(t *testing.T) {
		change := func(method, tag string) int {
			c := send(method, address, body(func(s2, _ map[string]any) { s2["id"], s2["status"] = s.ID, "off" }))
			c.header["If-Match"] = tag
			return w.do(t, *c).Code
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete} {
			if got := change(method, `W/"1"`); got != http.StatusPreconditionFailed {
				t.Errorf("%s: %d", method, got)
			}
		}
		if got := change(http.MethodPut, w.get(t, address).Header().Get("ETag")); got != http.StatusOK {
			t.Errorf("with the version that there is: %d", got)
		}
	})
	key := privateKey(t, "ES384")
	all := "system/Subscription.cruds system/Observation.rs"
	client := w.service(t, key, all)
	t.Run("are written with a scope for it, and read by their client alone", func(t *testing.T) {
		reader := w.serviceToken(t, key, client, "system/Subscription.rs system/Observation.rs")
		if got := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(nil), reader)); got.Code != http.StatusForbidden {
			t.Errorf("who may read makes one: %d %s", got.Code, got.Body)
		}
		writer := w.serviceToken(t, key, client, all)
		got := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(nil), writer))
		theirs := decode[subscription](t, got)
		if got.Code != http.StatusCreated {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		for path, want := range map[string]int{address: 404, address + "/$status": 404, address + "/$events": 404, "/fhir/Subscription/" + theirs.ID: 200, "/fhir/Subscription/" + theirs.ID + "/$status": 200} {
			if got := w.with(t, reader, path); got.Code != want {
				t.Errorf("%s: %d, want %d", path, got.Code, want)
			}
		}
		events := "/fhir/Subscription/" + theirs.ID + "/$events"
		for scopes, want := range map[string]int{"system/Subscription.rs": 403, "system/Subscription.rs system/Observation.rs?code=8867-4": 403, all: 200} {
			if got := w.with(t, w.serviceToken(t, key, client, scopes), events); got.Code != want {
				t.Errorf("events with %s: %d, want %d", scopes, got.Code, want)
			}
		}
		if found := decode[bundle](t, w.with(t, reader, "/fhir/Subscription")); !slices.Equal(found.ids(), []string{theirs.ID}) {
			t.Errorf("a search finds %v", found.ids())
		}
		if got := w.do(t, *send(http.MethodDelete, address, "", writer)); got.Code != http.StatusNotFound {
			t.Errorf("another's is deleted: %d", got.Code)
		}
		goals := w.do(t, *send(http.MethodPost, "/fhir/Subscription", body(func(s, _ map[string]any) { s["criteria"] = "Goal" }), writer))
		if goals.Code != http.StatusForbidden {
			t.Errorf("beyond the scopes: %d %s", goals.Code, goals.Body)
		}
	})
	t.Run("are gone with their client", func(t *testing.T) {
		if err := w.store.DeleteClient(t.Context(), "demo", client.ID); err != nil {
			t.Fatal(err)
		}
		if found := decode[bundle](t, w.get(t, "/fhir/Subscription")); !slices.Equal(found.ids(), []string{s.ID}) {
			t.Errorf("a search finds %v", found.ids())
		}
	})
	t.Run("are gone once they are deleted", func(t *testing.T) {
		if got := w.do(t, *send(http.MethodDelete, address, "")); got.Code != http.StatusNoContent {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if got := w.get(t, address); got.Code != http.StatusNotFound {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
	t.Run("are what the statement says can be written", func(t *testing.T) {
		if got := w.get(t, "/fhir/metadata"); !strings.Contains(got.Body.String(), "read-only but for subscriptions") {
			t.Errorf("%s", got.Body)
		}
	})
	t.Run("have their topics in the statement", func(t *testing.T) {
		if got := w.get(t, "/fhir/metadata"); !strings.Contains(got.Body.String(), `"valueCanonical":"https://nutrigate.dev/fhir/SubscriptionTopic/observation-changed"`) {
			t.Errorf("%s", got.Body)
		}
	})
}
