package search_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/search"
)

// sodium is a day's total, of a person in New York (UTC-5).
const sodium = `{"resourceType":"Observation","id":"s1","meta":{"versionId":"1","lastUpdated":"2026-02-10T12:00:00.001Z","profile":["http://p.example/x|2"],
	"tag":[{"system":"http://t","code":"T"}]},"status":"final","category":[{"coding":[{"system":"http://c","code":"survey"}]}],
	"code":{"coding":[{"system":"http://loinc.org","code":"81011-9","display":"Sodium intake 24 hour Estimated"},{"code":"own|code"}],"text":"Sodium"},
	"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Patient/ann"}],"effectiveDateTime":"2026-01-09",
	"valueQuantity":{"value":1500.0,"unit":"mg/d","system":"http://unitsofmeasure.org","code":"mg/d"},
	"derivedFrom":[{"reference":"Observation/f1"}],"device":{"display":"Garmin","identifier":{"system":"http://d","value":"7"}}}`

// toast is a food, eaten at half past eleven at night.
const toast = `{"resourceType":"Observation","id":"f1","status":"final","code":{"coding":[{"system":"http://own","code":"food"}]},
	"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2026-01-09T23:30:00-05:00","valueString":"Crème brûlée, 2 portions",
	"component":[{"code":{"coding":[{"system":"http://own","code":"iron"}]},"valueQuantity":{"value":8,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}},
	{"code":{"coding":[{"system":"http://own","code":"energy"}]},"valueQuantity":{"value":200,"unit":"kcal","system":"http://unitsofmeasure.org","code":"kcal"}}]}`

// fast is under way.
const fast = `{"resourceType":"Observation","id":"r1","status":"preliminary","code":{"text":"Fast"},"subject":{"reference":"http://here/fhir/Patient/ann"},
	"effectivePeriod":{"start":"2026-01-09T20:15:00-05:00"}}`

func TestMatches(t *testing.T) {
	resources := map[string]string{"s": sodium, "f": toast, "r": fast}
	for _, tt := range []struct{ name, query, want string }{
		{"nothing asked is everything", "", "frs"},
		{"a code in any system", "code=81011-9", "s"},
		{"a code in its system", "code=http://loinc.org|81011-9", "s"},
		{"a code in another system", "code=http://x|81011-9", ""},
		{"a code without a system, escaped", `code=|own\|code`, "s"},
		{"all codes of a system", "code=http://own|", "f"},
		{"one of two", "code=food,81011-9", "fs"},
		{"a comma that belongs to the code", `code=food\,81011-9`, ""},
		{"both at once", "code=food&code=81011-9", ""},
		{"not the code, with those that have none", "code:not=81011-9", "fr"},
		{"neither of two", "code:not=81011-9,food", "r"},
		{"by what it is called, without case", "code:text=sODIUM in", "s"},
		{"by its text", "code:text=fas", "r"},
		{"a plain code with its system", "status=http://hl7.org/fhir/observation-status|final", "fs"},
		{"a plain code in another system", "status=http://x|final", ""},
		{"without a category", "category:missing=true", "fr"},
		{"with one", "category:missing=false", "s"},
		{"an id", "_id=s1,nothing", "s"},
		{"a tag", "_tag=http://t|T", "s"},
		{"a profile, whatever its version", "_profile=http://p.example/x", "s"},
		{"a profile with its version", "_profile=http://p.example/x|2", "s"},
		{"a profile's beginning is not it", "_profile=http://p.example/", ""},
		{"a component's code", "component-code=http://own|iron", "f"},
		{"a code anywhere", "combo-code=iron,81011-9", "fs"},
		{"a patient by id", "patient=ann", "frs"},
		{"by type and id", "patient=Patient/ann", "frs"},
		{"by address", "patient=http://here/fhir/Patient/ann", "frs"},
		{"by the address of another server", "patient=http://there/fhir/Patient/ann", ""},
		{"a subject of a type", "subject:Patient=ann", "frs"},
		{"a subject of another type", "subject:Device=ann", ""},
		{"what it was made from", "derived-from=Observation/f1", "s"},
		{"a reference that says whose", "device:identifier=http://d|7", "s"},
		{"a reference that says another's", "device:identifier=8", ""},
		{"a day, though it is the next in UTC", "date=2026-01-09", "fs"},
		{"the next day has what is under way", "date=ge2026-01-10", "r"},
		{"a moment in UTC", "date=2026-01-10T04:30:00Z", "f"},
		{"a moment on the person's clock", "date=2026-01-09T23:30", "f"},
		{"a day has its moments in the person's zone", "date=lt2026-01-09T05:00:01Z", "s"},
		{"and none before", "date=lt2026-01-09T05:00:00Z", ""},
		{"not on the day", "date=ne2026-01-09", "r"},
		{"approximately, seen from a year later", "date=ap2026-01-20", "frs"},
		{"an exact instant", "_lastUpdated=2026-02-10T12:00:00.001Z", "s"},
		{"an instant within its second", "_lastUpdated=2026-02-10T12:00:00Z", "s"},
		{"a number as exact as it was written", "value-quantity=1500", "s"},
		{"to two figures", "value-quantity=1.5e3", "s"},
		{"a number that rounds to another", "value-quantity=1501", ""},
		{"more than", "value-quantity=gt1499.9", "s"},
		{"in another unit", "value-quantity=1.5|http://unitsofmeasure.org|g/d", "s"},
		{"in the unit's own words", "value-quantity=1500||mg/d", "s"},
		{"in a unit of another dimension", "value-quantity=1500|http://unitsofmeasure.org|mg", ""},
		{"in a component", "component-value-quantity=0.008|http://unitsofmeasure.org|g", "f"},
		{"a code and its value", "code-value-quantity=81011-9$gt1000", "s"},
		{"a component's code and its value", "component-code-value-quantity=iron$8", "f"},
		{"the code of one component with the value of another", "component-code-value-quantity=iron$200", ""},
		{"a code and value anywhere", "combo-code-value-quantity=http://own|energy$200|http://unitsofmeasure.org|kcal,81011-9$1500", "fs"},
		{"a text from its beginning, without accents", "value-string=creme BRULEE 2", "f"},
		{"within", "value-string:contains=brul", "f"},
		{"not from its middle", "value-string=brul", ""},
		{"exactly", `value-string:exact=Crème brûlée\, 2 portions`, "f"},
		{"exactly is with case", `value-string:exact=crème brûlée\, 2 portions`, ""},
		{"an empty parameter is none", "code=&date=2026-01-09", "fs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, err := parse(t, "Observation", tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, letter := range []string{"f", "r", "s"} {
				r := &search.Resource{Type: "Observation", ID: letter, Body: []byte(resources[letter]), Zone: "America/New_York"}
				if q.Matches(r) {
					got += letter
				}
			}
			if got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPatientMissing(t *testing.T) {
	for who, want := range map[string]bool{
		`{"reference":"Patient/ann"}`:      false,
		`{"reference":"Device/nutrigate"}`: true,
		`{"identifier":{"value":"demo"}}`:  true,
	} {
		q, err := parse(t, "AuditEvent", "patient:missing=true")
		if err != nil {
			t.Fatal(err)
		}
		body := `{"resourceType":"AuditEvent","agent":[{"who":{"identifier":{"value":"demo"}}}],"entity":[{"what":` + who + `}]}`
		if got := q.Matches(&search.Resource{Type: "AuditEvent", ID: "a", Body: []byte(body)}); got != want {
			t.Errorf("about %s: %v", who, got)
		}
	}
}

func parse(t *testing.T, kind, query string) (*search.Query, error) {
	t.Helper()
	values, err := url.ParseQuery(strings.NewReplacer("|", "%7C", "$", "%24", " ", "%20").Replace(query))
	if err != nil {
		t.Fatal(err)
	}
	r := search.Reader{Base: "http://here/fhir", Now: time.Date(2027, 1, 20, 0, 0, 0, 0, time.UTC)}
	return r.Parse(kind, values)
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct{ query, param, says string }{
		{"colour=red", "colour", "unknown"},
		{"code:exact=x", "code:exact", "no modifier :exact"},
		{"code:in=http://x", "code:in", "not supported"},
		{"code:not-in=x", "code:not-in", "not supported"},
		{"code:above=x", "code:above", "not supported"},
		{"code:below=x", "code:below", "not supported"},
		{"code:=x", "code:", "missing"},
		{"code=a|b|c", "code", "system|code"},
		{"code=|", "code", "system|code"},
		{"code:missing=maybe", "code:missing", "true or false"},
		{"date=yesterday", "date", "ge2026"},
		{"date=2026-02-30", "date", "ge2026"},
		{"date=2026-02-03T10", "date", "ge2026"},
		{"date=2026-02-03T25:00", "date", "ge2026"},
		{"date:exact=2026-02-03", "date:exact", "no modifier"},
		{"value-quantity=5,4x", "value-quantity", "a number"},
		{"value-quantity=5|mg", "value-quantity", "number|system|code"},
		{"value-quantity=5|http://unitsofmeasure.org|", "value-quantity", "unit is missing"},
		{"patient=Group/1", "patient", "and not to Group"},
		{"patient=/", "patient", "an id"},
		{"subject:Goal=1", "subject:Goal", "no such type"},
		{"code-value-quantity=81011-9", "code-value-quantity", "2 values"},
		{"code-value-quantity=81011-9$", "code-value-quantity", "none of them empty"},
		{"code-value-quantity=81011-9$many", "code-value-quantity", "a number"},
		{"code.text=x", "code.text", "only references"},
		{"patient.colour=red", "patient.colour", "colour"},
		{"subject:Group.colour=red", "subject:Group.colour", "colour"},
		{"focus.code=x", "focus.code", "say to which type"},
		{"_has:Observation:patient=x", "_has:Observation:patient", "written"},
		{"_has:Observation:code:code=x", "_has:Observation:code:code", "no reference"},
		{"_has:Flag:patient:code=x", "_has:Flag:patient:code", "no type"},
		{"_id=a" + strings.Repeat(",a", 200), "_id", "200 values"},
	} {
		t.Run(tt.query[:min(len(tt.query), 40)], func(t *testing.T) {
			_, err := parse(t, "Observation", tt.query)
			f, ok := err.(*fault.Error) //nolint:errorlint // as it comes
			if !ok || f.Kind != fault.Invalid || f.Param != tt.param || !strings.Contains(f.Message, tt.says) {
				t.Errorf("got %#v", err)
			}
		})
	}
}

func TestParams(t *testing.T) {
	kinds := map[search.Kind]bool{
		search.Token: true, search.Ref: true, search.Date: true, search.Quantity: true,
		search.String: true, search.URI: true, search.Number: true, search.Composite: true,
	}
	for _, name := range []string{
		"AuditEvent", "Basic", "CodeSystem", "Composition", "Device", "DiagnosticReport", "Goal", "Group", "NutritionOrder", "Observation",
		"OperationDefinition", "Patient", "Provenance", "SearchParameter", "StructureDefinition", "Subscription", "ValueSet",
	} {
		all := search.Params(name)
		if len(all) < 10 {
			t.Errorf("%s has %d parameters only", name, len(all))
		}
		for _, p := range all {
			if !kinds[p.Kind] || p.Source == "" || !strings.HasPrefix(p.Definition(), "http") || search.Lookup(name, p.Name) != p {
				t.Errorf("%s of %s: kind %q, source %q", p.Name, name, p.Kind, p.Source)
			}
			if (p.Kind == search.Ref) != (len(p.Targets) > 0) {
				t.Errorf("%s of %s: a %s with %d targets", p.Name, name, p.Kind, len(p.Targets))
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"date=ge2026-01-01&date=lt2026-02-01T12:00:00.123Z", `code=http://loinc.org%7C29463-7,%7Cx&code:not=a\,b`, "value-quantity=ap5.4e2%7C%7Cmg",
		"patient:Patient.identifier=a&_has:Observation:has-member:code=x", "combo-code-value-quantity=a$gt5", "_id:missing=true", "date=gt9999&date=eb0001",
		"patient=http://x/Patient/1/_history/2", "value-string:contains=%C3%A9",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, kind := range []string{"Observation", "Patient", "Goal"} {
			q, err := search.Reader{Now: time.Unix(0, 0)}.Parse(kind, values)
			if err != nil {
				if fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s: %v", query, err)
				}
				continue
			}
			for _, body := range []string{sodium, toast, fast, "{}", "no JSON"} {
				q.Matches(&search.Resource{Type: kind, ID: "1", Body: []byte(body), Zone: "Europe/Berlin"})
			}
			for i := range q.Conditions {
				q.Conditions[i].Begins(1)
			}
		}
	})
}
