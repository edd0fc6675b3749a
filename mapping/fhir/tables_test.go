package fhir_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// rows reads a table as a list of rows by column name.
func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		all = append(all, row)
	}
	return all
}

// luhn reports whether the check digit of a LOINC code is right: mod 10 over
// all digits, the check digit last (LOINC Users' Guide, appendix C). prefix is
// what letters before the digits add.
func luhn(code string, prefix int) bool {
	sum, double := prefix, false
	for i := len(code) - 1; i >= 0; i-- {
		if code[i] == '-' {
			continue
		}
		n := int(code[i] - '0')
		if double {
			n = n*2/10 + n*2%10
		}
		sum, double = sum+n, !double
	}
	return sum%10 == 0
}

// verhoeff reports whether a SNOMED CT identifier's check digit is right
// (SNOMED CT Release File Specification section 5.5).
func verhoeff(id string) bool {
	times := [10]string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	turn := [8]string{
		"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
	}
	c := byte('0')
	for i := range len(id) {
		digit := id[len(id)-1-i] - '0'
		c = times[c-'0'][turn[i%8][digit]-'0']
	}
	return c == '0'
}

// answerPrefix is what the letters LA add to the sum of an answer code.
const answerPrefix = 8

var loincForm = regexp.MustCompile(`^\d{1,7}-\d$`)

func TestLOINC(t *testing.T) {
	for _, table := range []string{"nutrients.csv", "intake.csv", "biometrics.csv", "panels.csv", "sections.csv"} {
		for _, row := range rows(t, table) {
			for _, column := range []string{"loinc", "also"} {
				if code := row[column]; code != "" && (!loincForm.MatchString(code) || !luhn(code, 0)) {
					t.Errorf("%s: %s is not a LOINC code", table, code)
				}
			}
			if row["source"] == "" {
				t.Errorf("%s: a row without source: %v", table, row)
			}
		}
	}
	for _, wrong := range []string{"81208-3", "75298-1", "92863-7"} {
		if luhn(wrong, 0) {
			t.Errorf("%s has a wrong check digit and passed", wrong)
		}
	}
}

func TestNutrientTable(t *testing.T) {
	seen, codes := map[string]int{}, map[string]string{}
	grades := map[string]int{}
	for _, row := range rows(t, "nutrients.csv") {
		key := row["key"]
		seen[key]++
		grades[row["grade"]]++
		if _, ok := vocab.NutrientByKey(key); !ok {
			t.Errorf("%s is not in the vocabulary", key)
		}
		emitted := row["grade"] == "A" || row["grade"] == "B"
		if emitted != (row["note"] == "") {
			t.Errorf("%s: neither mapped nor unmapped with a reason", key)
		}
		if (row["loinc"] == "") != (row["grade"] == "") || (row["loinc"] == "") != (row["display"] == "") {
			t.Errorf("%s: code, display and grade go together", key)
		}
		if other := codes[row["loinc"]]; other != "" && row["loinc"] != "" {
			t.Errorf("%s and %s share a code", key, other)
		}
		codes[row["loinc"]] = key
		if row["snomed"] != "" && (!verhoeff(row["snomed"]) || row["snomed_display"] == "") {
			t.Errorf("%s: SNOMED CT code %s", key, row["snomed"])
		}
	}
	for _, n := range vocab.Nutrients() {
		if seen[n.Key] != 1 {
			t.Errorf("%s has %d rows", n.Key, seen[n.Key])
		}
	}
	if grades["A"] != 22 || grades["B"] != 16 || grades["C"] != 21 {
		t.Errorf("grades %v: a code has changed its evidence", grades)
	}
}

func TestIntakeTable(t *testing.T) {
	for _, row := range rows(t, "intake.csv") {
		if _, ok := vocab.NutrientByKey(row["key"]); !ok || (row["grade"] == "C") != (row["note"] != "") {
			t.Errorf("%v", row)
		}
	}
}

func TestBiometricTable(t *testing.T) {
	seen := map[string]bool{}
	categories := regexp.MustCompile(`^(vital-signs|exam|laboratory|activity|survey|therapy)$`)
	for _, row := range rows(t, "biometrics.csv") {
		key := row["key"]
		b, ok := vocab.BiometricByKey(key)
		if !ok || !categories.MatchString(row["category"]) {
			t.Errorf("%s: not in the vocabulary, or category %q", key, row["category"])
		}
		if row["loinc"] == "" && row["note"] == "" {
			t.Errorf("%s: neither mapped nor unmapped with a reason", key)
		}
		first := !seen[key]
		seen[key] = true
		for unit := range strings.FieldsSeq(row["ucum"]) {
			u, ok := vocab.UnitByCode(unit)
			own, _ := vocab.UnitByCode(b.Unit)
			if !ok || (first && u.Dimension != own.Dimension) {
				t.Errorf("%s: unit %s is unknown or of another dimension than %s", key, unit, b.Unit)
			}
		}
	}
	for _, b := range vocab.Biometrics() {
		if !seen[b.Key] {
			t.Errorf("%s has no row", b.Key)
		}
	}
}

func TestAmountTable(t *testing.T) {
	for _, row := range rows(t, "amounts.csv") {
		if _, ok := vocab.UnitByCode(row["ucum"]); !ok || row["source"] == "" {
			t.Errorf("%v", row)
		}
	}
}

func TestActivityTable(t *testing.T) {
	seen := map[string]int{}
	for _, row := range rows(t, "activities.csv") {
		seen[row["key"]]++
		if answer, ok := strings.CutPrefix(row["answer"], "LA"); ok != (row["note"] == "") || (ok && !luhn(answer, answerPrefix)) {
			t.Errorf("%s: answer %q, note %q", row["key"], row["answer"], row["note"])
		}
	}
	for _, key := range vocab.ExerciseKeys() {
		if seen[key] != 1 {
			t.Errorf("%s has %d rows", key, seen[key])
		}
	}
	for key := range seen {
		if !slices.Contains(vocab.ExerciseKeys(), key) {
			t.Errorf("%s is no exercise of the vocabulary", key)
		}
	}
}

// Each key of the vocabulary becomes a valid Observation with our own code.
func TestEveryKey(t *testing.T) {
	for _, n := range vocab.Nutrients() {
		if _, ok := vocab.UnitByCode(n.Unit + "/d"); !ok {
			t.Errorf("%s: %s/d is no unit of the vocabulary", n.Key, n.Unit)
		}
		v, _ := encode(t, fhir.Format{}, total(n.Key, q("1.50", n.Unit)))
		codes := codesAt(v, "code")
		if codes[len(codes)-1] != fhir.SystemNutrient+"|"+n.Key || at(v, "valueQuantity", "code") != n.Unit+"/d" {
			t.Errorf("%s: %v", n.Key, v)
		}
	}
	for _, b := range vocab.Biometrics() {
		r := biometric(b.Key, q("1.50", b.Unit))
		if b.Key == "blood_pressure" {
			r = pressure()
		}
		v, _ := encode(t, fhir.Format{}, r)
		codes := codesAt(v, "code")
		if codes[len(codes)-1] != fhir.SystemBiometric+"|"+b.Key || at(v, "category", 0) == nil {
			t.Errorf("%s: %v", b.Key, v)
		}
	}
	for _, kind := range record.Kinds() {
		found := false
		for _, r := range everyKind() {
			found = found || r.Kind == kind
		}
		if !found {
			t.Errorf("no sample of kind %s", kind)
		}
	}
}
