package xml_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/xml"
)

const root = `<?xml version="1.0" encoding="UTF-8"?>`

// pairs are the same resource both ways.
var pairs = []struct{ name, json, xml string }{
	{
		"values are attributes, and elements come in the order of the specification",
		`{"resourceType":"Observation","valueQuantity":{"code":"kg","value":68.50},"status":"final","code":{"text":"Weight"},"id":"w1"}`,
		`<Observation xmlns="http://hl7.org/fhir"><id value="w1"/><status value="final"/><code><text value="Weight"/></code><valueQuantity><value value="68.50"/><code value="kg"/></valueQuantity></Observation>`,
	},
	{
		"digits stay as they were written",
		`{"resourceType":"Observation","valueQuantity":{"value":1.500000000000000000001}}`,
		`<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.500000000000000000001"/></valueQuantity></Observation>`,
	},
	{
		"an exponent, a negative number and a boolean",
		`{"resourceType":"Observation","valueBoolean":false,"component":[{"code":{"text":"a"},"valueQuantity":{"value":-1.0E+3}}]}`,
		`<Observation xmlns="http://hl7.org/fhir"><valueBoolean value="false"/><component><code><text value="a"/></code><valueQuantity><value value="-1.0E+3"/></valueQuantity></component></Observation>`,
	},
	{
		"what stands beside a value: its id and its extensions",
		`{"resourceType":"Patient","birthDate":"1970-01-01","_birthDate":{"id":"b","extension":[{"url":"http://example.org/x","valueDateTime":"1970-01-01T14:35:45-05:00"}]}}`,
		`<Patient xmlns="http://hl7.org/fhir"><birthDate id="b" value="1970-01-01"><extension url="http://example.org/x"><valueDateTime value="1970-01-01T14:35:45-05:00"/></extension></birthDate></Patient>`,
	},
	{
		"a value that is not there, with the reason beside it",
		`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://example.org/x","valueCode":"unknown"}]}}`,
		`<Patient xmlns="http://hl7.org/fhir"><birthDate><extension url="http://example.org/x"><valueCode value="unknown"/></extension></birthDate></Patient>`,
	},
	{
		"a list of values of which one is absent and another has an id",
		`{"resourceType":"Patient","name":[{"given":["Ann",null,"B."],"_given":[null,{"extension":[{"url":"http://example.org/x","valueBoolean":true}]},{"id":"i"}]}]}`,
		`<Patient xmlns="http://hl7.org/fhir"><name><given value="Ann"/><given><extension url="http://example.org/x"><valueBoolean value="true"/></extension></given><given id="i" value="B."/></name></Patient>`,
	},
	{
		"a narrative as it is",
		`{"resourceType":"Composition","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a'>1 &lt; 2<br/>  two</p></div>"}}`,
		`<Composition xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class='a'>1 &lt; 2<br/>  two</p></div></text></Composition>`,
	},
	{
		"resources within a resource: contained, and a Bundle's",
		`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11","resource":{"resourceType":"Provenance","contained":[{"resourceType":"Device","id":"d"}],"recorded":"2026-01-01T00:00:00Z"}}]}`,
		`<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><fullUrl value="urn:uuid:6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11"/><resource><Provenance><contained><Device><id value="d"/></Device></contained><recorded value="2026-01-01T00:00:00Z"/></Provenance></resource></entry></Bundle>`,
	},
	{
		"marks that XML has a use for, lines, and letters of every alphabet",
		`{"resourceType":"Patient","name":[{"text":"A & B <\"'> crème 東京\n\tsecond"}]}`,
		`<Patient xmlns="http://hl7.org/fhir"><name><text value="A &amp; B &lt;&#34;&#39;&gt; crème 東京&#xA;&#x9;second"/></name></Patient>`,
	},
	{
		"an id of an element, and the address of an extension, are attributes",
		`{"resourceType":"Goal","target":[{"id":"t","extension":[{"url":"http://example.org/y","extension":[{"url":"z","valueInteger":0}]}],"detailInteger":5}]}`,
		`<Goal xmlns="http://hl7.org/fhir"><target id="t"><extension url="http://example.org/y"><extension url="z"><valueInteger value="0"/></extension></extension><detailInteger value="5"/></target></Goal>`,
	},
	{
		"parts whose content is defined elsewhere",
		`{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","part":[{"name":"c","valueString":"x"}]},{"name":"d","resource":{"resourceType":"Basic","code":{"text":"y"}}}]}]}`,
		`<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="a"/><part><name value="b"/><part><name value="c"/><valueString value="x"/></part></part><part><name value="d"/><resource><Basic><code><text value="y"/></code></Basic></resource></part></parameter></Parameters>`,
	},
}

func TestEncode(t *testing.T) {
	for _, tt := range pairs {
		t.Run(tt.name, func(t *testing.T) {
			got, err := xml.Encode([]byte(tt.json), false)
			if err != nil || string(got) != root+tt.xml {
				t.Errorf("got %s (%v)\nwant %s", got, err, root+tt.xml)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range pairs {
		t.Run(tt.name, func(t *testing.T) {
			got, err := xml.Decode([]byte(root + tt.xml))
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, []byte(tt.json))
		})
	}
}

// same compares documents by what they say: digits as texts.
func same(t *testing.T, got, want []byte) {
	t.Helper()
	if a, b := tree(t, got), tree(t, want); !reflect.DeepEqual(a, b) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func tree(t *testing.T, doc []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return v
}

// ours are documents that the gateway makes: the cases' Bundles and the
// published code systems.
func ours(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, d := range fhir.CodeSystems() {
		all[d.ID] = d.Body
	}
	files, err := filepath.Glob("../../../conformance/cases/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases (%v)", len(files), err)
	}
	for _, file := range files {
		story, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range story.Files {
			if strings.HasPrefix(f.Name, "fhir/") && strings.HasSuffix(f.Name, ".json") {
				all[filepath.Base(file)+" "+f.Name] = f.Data
			}
		}
	}
	return all
}

func TestThereAndBack(t *testing.T) {
	for name, doc := range ours(t) {
		for _, pretty := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				there, err := xml.Encode(doc, pretty)
				if err != nil {
					t.Fatal(err)
				}
				back, err := xml.Decode(there)
				if err != nil {
					t.Fatal(err)
				}
				same(t, back, doc)
			})
		}
	}
}

func TestPretty(t *testing.T) {
	got, err := xml.Encode([]byte(`{"resourceType":"Goal","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a  b</p></div>"},"description":{"text":"x"}}`), true)
	want := root + `
<Goal xmlns="http://hl7.org/fhir">
  <text>
    <status value="empty"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p>a  b</p></div>
  </text>
  <description>
    <text value="x"/>
  </description>
</Goal>`
	if err != nil || string(got) != want {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestAppend(t *testing.T) {
	got, err := xml.Append([]byte("<resource>"), []byte(`{"resourceType":"Goal","id":"g"}`))
	if want := `<resource><Goal><id value="g"/></Goal>`; err != nil || string(got) != want {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, tt := range []struct{ name, doc, want string }{
		{"what is no JSON", `{"resourceType":"Goal"`, ": not JSON"},
		{"a second value", `{"resourceType":"Goal"} {}`, ": more than one JSON value"},
		{"what is no resource", `{"resourceType":"Quantity","value":1}`, ": resourceType: no type of R4"},
		{"a property that there is not", `{"resourceType":"Goal","target":[{"due":"2026"}]}`, "Goal.target[0]: the property due is none of Goal.target"},
		{"a property that is no name", `{"resourceType":"Goal","my 5 secrets":1}`, "Goal: the property of another kind is none of Goal"},
		{"something beside what is no value", `{"resourceType":"Goal","_target":[]}`, "Goal: the property _target is none of Goal"},
		{"a number where a text belongs", `{"resourceType":"Goal","description":{"text":5}}`, "Goal.description.text: not a value of type string"},
		{"a text where a number belongs", `{"resourceType":"Observation","valueQuantity":{"value":"5"}}`, "Observation.valueQuantity.value: not a value of type decimal"},
		{"an empty text", `{"resourceType":"Goal","description":{"text":""}}`, "Goal.description.text: not a value of type string"},
		{"an empty object", `{"resourceType":"Goal","description":{}}`, "Goal.description: an object with at least one property is expected"},
		{"a list where one is expected", `{"resourceType":"Goal","description":[{"text":"a"}]}`, "Goal.description: an object"},
		{"one where a list is expected", `{"resourceType":"Goal","target":{"dueDate":"2026"}}`, "Goal.target: a list"},
		{"an empty list", `{"resourceType":"Goal","target":[]}`, "Goal.target: a list"},
		{"a choice of two", `{"resourceType":"Observation","valueString":"a","valueBoolean":true}`, "Observation.valueBoolean: there is another value already"},
		{"a narrative that ends too soon", narrative(`<div xmlns=\"http://www.w3.org/1999/xhtml\"><p></div>`), "Goal.text.div: not well-formed XML"},
		{"a narrative behind which something stands", narrative(`<div xmlns=\"http://www.w3.org/1999/xhtml\"></div><script/>`), "Goal.text.div: a narrative is one <div"},
		{"a narrative with an entity", narrative(`<div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp;</div>`), "Goal.text.div: an entity"},
		{"a narrative of another name space", narrative(`<div>a</div>`), "Goal.text.div: a narrative is one <div"},
		{"a chain without an end", `{"resourceType":"Parameters","parameter":[` + strings.Repeat(`{"name":"a","part":[`, 200) + `{"name":"a"}` + strings.Repeat(`]}`, 200) + `]}`, "too many elements within each other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := xml.Encode([]byte(tt.doc), false); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %s, error %v; want one that says %q", got, err, tt.want)
			}
		})
	}
}

func narrative(div string) string {
	return `{"resourceType":"Goal","text":{"status":"empty","div":"` + div + `"}}`
}

func TestDecodeRefuses(t *testing.T) {
	goal := func(inner string) string { return `<Goal xmlns="http://hl7.org/fhir">` + inner + `</Goal>` }
	for _, tt := range []struct{ name, doc, want string }{
		{"nothing", ``, "no element"},
		{"JSON", `{"resourceType":"Goal"}`, "text between elements"},
		{"a document type", `<!DOCTYPE Goal [<!ENTITY a "b">]>` + goal(``), "a document type, which is not read"},
		{"an entity", goal(`<description><text value="&a;"/></description>`), "an entity that XML does not have by itself"},
		{"another name space", `<Goal/>`, "no resource of R4 in the name space"},
		{"a data type", `<Quantity xmlns="http://hl7.org/fhir"/>`, "no resource of R4"},
		{"an element of another name space", goal(`<description xmlns="urn:x"><text value="a"/></description>`), "the element description is none of Goal"},
		{"an element that there is not", goal(`<due value="2026"/>`), "Goal: the element due is none of Goal"},
		{"elements out of order", goal(`<description><text value="a"/></description><lifecycleStatus value="active"/>`), "Goal.lifecycleStatus: out of the order"},
		{"one too many", goal(`<lifecycleStatus value="active"/><lifecycleStatus value="active"/>`), "Goal.lifecycleStatus: out of the order of the specification, or once too often"},
		{"a choice of two", goal(`<startDate value="2026"/><startCodeableConcept><text value="a"/></startCodeableConcept>`), "Goal.startCodeableConcept: out of the order"},
		{"an attribute that there is not", goal(`<description text="a"/>`), "Goal.description: the attribute text is none of CodeableConcept"},
		{"text between elements", goal(`<description>words</description>`), "Goal.description: text between elements"},
		{"nothing in an element", goal(`<description/>`), "Goal.description: an element without anything in it"},
		{"no value", goal(`<lifecycleStatus/>`), "Goal.lifecycleStatus: neither a value nor an extension"},
		{"an empty value", goal(`<lifecycleStatus value=""/>`), "Goal.lifecycleStatus: not a value of type code"},
		{"a number that is none", goal(`<target><detailQuantity><value value="5,0"/></detailQuantity></target>`), "Goal.target[0].detailQuantity.value: not a value of type decimal"},
		{"a number that JSON does not have", goal(`<target><detailQuantity><value value="+5"/></detailQuantity></target>`), "not a value of type decimal"},
		{"a boolean that is none", `<Patient xmlns="http://hl7.org/fhir"><active value="1"/></Patient>`, "Patient.active: not a value of type boolean"},
		{"a narrative without its name space", goal(`<text><status value="empty"/><div>a</div></text>`), "Goal.text: the element div is none of Narrative"},
		{"a narrative that leaves its name space to others", `<Goal xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text><status value="empty"/><h:div>a</h:div></text></Goal>`, "Goal.text.div: a narrative is one <div"},
		{"a script's processing instruction in a narrative", goal(`<text><status value="empty"/><div xmlns="http://www.w3.org/1999/xhtml"><?php x?></div></text>`), "a narrative has elements of XHTML alone"},
		{"two resources", goal(``) + goal(``), "something follows the resource"},
		{"what is not closed", `<Goal xmlns="http://hl7.org/fhir"><description>`, "not well-formed XML"},
		{"two resources in one place", `<Basic xmlns="http://hl7.org/fhir"><contained><Goal/><Goal/></contained></Basic>`, "Basic.contained[0]: one resource is expected"},
		{"no resource in its place", `<Basic xmlns="http://hl7.org/fhir"><contained/></Basic>`, "Basic.contained[0]: no resource in it"},
		{"a chain without an end", `<Parameters xmlns="http://hl7.org/fhir"><parameter>` + strings.Repeat(`<name value="a"/><part>`, 200), "too many elements within each other"},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?>` + goal(``), "not well-formed XML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := xml.Decode([]byte(tt.doc)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %s, error %v; want one that says %q", got, err, tt.want)
			}
		})
	}
}

func TestDecodePassesOver(t *testing.T) {
	doc := `<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><!-- made by hand -->
<f:Goal xmlns:f="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir goal.xsd">
	<!-- the one that matters --><f:lifecycleStatus value="active"></f:lifecycleStatus>
</f:Goal><!-- end -->`
	got, err := xml.Decode([]byte(doc))
	if want := `{"resourceType":"Goal","lifecycleStatus":"active"}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v)", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, tt := range pairs {
		f.Add([]byte(root + tt.xml))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		there, err := xml.Decode(doc)
		if err != nil {
			return
		}
		back, err := xml.Encode(there, false)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v\n%s", err, there)
		}
		again, err := xml.Decode(back)
		if err != nil || !bytes.Equal(again, there) {
			t.Errorf("not the same again (%v):\n%s\n%s", err, there, again)
		}
	})
}

func FuzzEncode(f *testing.F) {
	for _, tt := range pairs {
		f.Add([]byte(tt.json))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		there, err := xml.Encode(doc, true)
		if err != nil {
			return
		}
		if _, err := xml.Decode(there); err != nil {
			t.Errorf("what was written cannot be read: %v\n%s", err, there)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for name, doc := range ours(b) {
		if !strings.HasPrefix(name, "a_plain_day") {
			continue
		}
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if _, err := xml.Encode(doc, false); err != nil {
				b.Fatal(err)
			}
		}
	}
}
