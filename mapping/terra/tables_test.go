package terra_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
	"nutrigate/schemas"
)

// rows reads a table beside the package.
func rows(t *testing.T, name, header string) [][]string {
	t.Helper()
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	table, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// node is as much of a JSON Schema as a path needs.
type node struct {
	Ref        string            `json:"$ref"`
	Properties map[string]*node  `json:"properties"`
	Items      *node             `json:"items"`
	Enum       []json.RawMessage `json:"enum"`
	Defs       map[string]*node  `json:"$defs"`
}

func schema(t *testing.T, typ string) *node {
	t.Helper()
	doc, err := schemas.Raw("terra/" + typ)
	if err != nil {
		t.Fatal(err)
	}
	var n node
	if err := json.Unmarshal(doc, &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

// find follows a path; "[]" behind a name goes into a list. It is nil if the
// schema has no such path.
func find(root *node, path string) *node {
	n := root
	for name := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(name, "[]")
		n = resolve(root, n.Properties[name])
		if list && n != nil {
			n = resolve(root, n.Items)
		}
		if n == nil {
			return nil
		}
	}
	return n
}

func resolve(root, n *node) *node {
	if n == nil || n.Ref == "" {
		return n
	}
	return root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
}

func dimension(code string) string {
	u, _ := vocab.UnitByCode(code)
	return u.Dimension
}

func TestNutrientsTable(t *testing.T) {
	s := schema(t, "nutrition")
	units := map[string]string{"_g": "g", "_mg": "mg", "calories": "kcal"}
	mapped, taken := map[string]bool{}, map[string]bool{}
	for _, c := range rows(t, "nutrients.csv", "key,path,to,factor,source,note") {
		key, path, to, factor := c[0], c[1], c[2], c[3]
		n, ok := vocab.NutrientByKey(key)
		if !ok || c[4] == "" {
			t.Errorf("%s: not in the vocabulary, or no source", key)
		}
		if path == "" {
			if mapped[key] || c[5] == "" || to != "" || factor != "" {
				t.Errorf("%s: listed as unmapped and mapped, or without a reason", key)
			}
			mapped[key] = true
			continue
		}
		mapped[key] = true
		if find(s, "summary."+path) == nil || find(s, "meals[]."+path) == nil {
			t.Errorf("%s: the schema has no %s", key, path)
		}
		if taken[path] {
			t.Errorf("%s: %s is taken", key, path)
		}
		taken[path] = true
		if got := units[path[max(strings.LastIndex(path, "_"), strings.LastIndex(path, ".")+1):]]; got != to {
			t.Errorf("%s: %s is not in %s", key, path, to)
		}
		if same := dimension(n.Unit) == dimension(to); same == (factor != "") {
			t.Errorf("%s: %s to %s with factor %q", key, n.Unit, to, factor)
		}
	}
	for _, n := range vocab.Nutrients() {
		if !mapped[n.Key] {
			t.Errorf("%s is neither mapped nor listed as unmapped", n.Key)
		}
	}
}

func TestBiometricsTable(t *testing.T) {
	all := map[string]*node{"body": schema(t, "body"), "daily": schema(t, "daily"), "sleep": schema(t, "sleep")}
	mapped := map[string]bool{}
	fits := map[string]bool{}
	for _, c := range rows(t, "biometrics.csv", "key,type,path,to,source,note") {
		key, typ, path, to := c[0], c[1], c[2], c[3]
		b, ok := vocab.BiometricByKey(key)
		if !ok || c[4] == "" {
			t.Errorf("%s: not in the vocabulary, or no source", key)
		}
		mapped[key] = true
		if path == "" {
			if typ != "" || c[5] == "" {
				t.Errorf("%s: unmapped without a reason", key)
			}
			continue
		}
		if all[typ] == nil || find(all[typ], path) == nil {
			t.Errorf("%s: the schema of %q has no %s", key, typ, path)
		}
		if _, ok := vocab.UnitByCode(to); !ok {
			t.Errorf("%s: %q is no unit", key, to)
		}
		// Some metrics are measured in units of several dimensions; one place
		// must take the vocabulary's.
		fits[key] = fits[key] || dimension(b.Unit) == dimension(to) || b.MolarMass != ""
	}
	for _, b := range vocab.Biometrics() {
		if !mapped[b.Key] {
			t.Errorf("%s is neither mapped nor listed as unmapped", b.Key)
		}
	}
	for key, ok := range fits {
		if !ok {
			t.Errorf("%s has no place in its own unit", key)
		}
	}
}

// checkIDs checks that each row has a source and an id of an enumeration.
func checkIDs(t *testing.T, table [][]string, column, source int, enum *node) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range table {
		if !slices.ContainsFunc(enum.Enum, func(id json.RawMessage) bool { return string(id) == c[column] }) {
			t.Errorf("%s: %s is no id of the schema", c[0], c[column])
		}
		if seen[c[0]] || c[0] != strings.ToLower(strings.TrimSpace(c[0])) || c[source] == "" {
			t.Errorf("%q: there twice, not in lower case, or no source", c[0])
		}
		seen[c[0]] = true
	}
}

func TestEnumTables(t *testing.T) {
	nutrition := schema(t, "nutrition")
	checkIDs(t, rows(t, "meal_types.csv", "group,type,source,note"), 1, 2, nutrition.Defs["MealType"])
	activities := rows(t, "activities.csv", "key,type,source,note")
	checkIDs(t, activities, 1, 2, schema(t, "activity").Defs["ActivityType"])
	for _, key := range vocab.ExerciseKeys() {
		if !slices.ContainsFunc(activities, func(c []string) bool { return c[0] == key }) {
			t.Errorf("activities.csv lacks %s", key)
		}
	}
	amounts := rows(t, "amounts.csv", "text,ucum,to,unit,source,note")
	checkIDs(t, amounts, 3, 4, nutrition.Defs["NutritionUnits"])
	for _, c := range amounts {
		if c[1] == "" && c[2] == "" {
			continue
		}
		if _, err := vocab.Convert(record.Quantity{Value: "1.00", Unit: c[1]}, c[2]); err != nil {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

func TestWatersTable(t *testing.T) {
	for _, c := range rows(t, "waters.csv", "food,source,note") {
		docs, _ := encoded(t, stored(day, "", serving(t, "", strings.ToUpper(c[0]), "100.00 ml")))
		expect(t, only(t, docs, "nutrition"), "summary.water_ml", "100.00")
		if c[0] != strings.ToLower(c[0]) || c[1] == "" {
			t.Errorf("%q: not in lower case, or no source", c[0])
		}
	}
}

// Every nutrient of the vocabulary, alone on a day, is in the summary or
// reported as lost, never neither.
func TestEveryNutrientIsCarriedOrReported(t *testing.T) {
	for _, n := range vocab.Nutrients() {
		docs, issues := encoded(t, stored(day, "", total(t, n.Key, "1.50 "+n.Unit)))
		carried := at(only(t, docs, "nutrition"), "summary") != "absent"
		lost := len(issues) == 1 && issues[0].Path == "total."+n.Key
		if carried == lost {
			t.Errorf("%s: carried %v, issues %v", n.Key, carried, issues)
		}
	}
}

func TestTracksTable(t *testing.T) {
	s := schema(t, "activity")
	seen := map[string]bool{}
	for _, c := range rows(t, "tracks.csv", "what,path,field,to,source,note") {
		if seen[c[0]] || c[4] == "" || find(s, c[1]+"[]."+c[2]) == nil || dimension(c[3]) == "" {
			t.Errorf("%s: there twice, no source, no such field, or no such unit", c[0])
		}
		seen[c[0]] = true
	}
	for _, what := range []string{
		record.TrackHeartRate, record.TrackLatitude, record.TrackLongitude, record.TrackAltitude, record.TrackSpeed,
		record.TrackDistance, record.TrackCadence, record.TrackPower, record.TrackEnergy,
	} {
		if !seen[what] {
			t.Errorf("%s has no place", what)
		}
	}
}
