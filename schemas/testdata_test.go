package schemas_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/schemas"
)

// The path is the verdict: testdata/<group>_<name>/valid/*.json are what the
// schema <group>/<name> allows, and invalid/*.json are not.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("testdata/*_*/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			doc, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			id, verdict := read(path)
			switch err := schemas.Check(id, doc); {
			case verdict == "valid" && err != nil:
				t.Error(err)
			case verdict == "invalid" && err == nil:
				t.Errorf("%s allows it", id)
			case verdict != "valid" && verdict != "invalid":
				t.Errorf("%q is no verdict", verdict)
			}
		})
	}
}

// read takes the schema's id and the verdict from an example's path.
func read(path string) (id, verdict string) {
	parts := strings.Split(filepath.ToSlash(path), "/")
	return strings.Replace(parts[1], "_", "/", 1), parts[2]
}

func TestEverySchemaHasExamplesOfBothVerdicts(t *testing.T) {
	for _, id := range schemas.IDs() {
		for _, verdict := range []string{"valid", "invalid"} {
			dir := filepath.Join("testdata", strings.Replace(id, "/", "_", 1), verdict)
			if found, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(found) == 0 {
				t.Errorf("no %s example of %s", verdict, id)
			}
		}
	}
}
