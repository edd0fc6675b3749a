package applehealth_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source/applehealth"
	"nutrigate/gateway/source/file"
	"nutrigate/mapping"
	mapped "nutrigate/mapping/applehealth"
)

const (
	root  = `<?xml version="1.0"?><!DOCTYPE HealthData [<!ELEMENT HealthData ANY>]>` + "\n" + `<HealthData locale="de_DE">`
	run   = `<Workout workoutActivityType="HKWorkoutActivityTypeRunning" startDate="2026-01-05 07:00:00 +0000" endDate="2026-01-05 07:10:00 +0000"><WorkoutRoute><FileReference path="/workout-routes/route_1.gpx"/></WorkoutRoute></Workout>`
	route = `<?xml version="1.0"?><gpx><trk><trkseg><trkpt lon="13.4" lat="52.5"><time>2026-01-05T07:00:01Z</time></trkpt></trkseg></trk></gpx>`
)

// archive writes a ZIP of names and bodies, in turn.
func archive(t *testing.T, entries ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, entries[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	path := archive(
		t, "apple_health_export/", "",
		"apple_health_export/electrocardiograms/ecg_2026-01-05.csv", "Name,Ann\n",
		"apple_health_export/export_cda.xml", `<?xml version="1.0"?><ClinicalDocument/>`,
		"apple_health_export/Exportieren.xml", root+run+"</HealthData>\n",
		"apple_health_export/workout-routes/route_1.gpx", route,
		"__MACOSX/apple_health_export/._Exportieren.xml", "x",
		"apple_health_export/workout-routes/route ?><x>.gpx", route,
	)
	docs, done, err := file.Uploaded(applehealth.Find).Expand("export.zip", path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := done(); err != nil {
			t.Error(err)
		}
	}()
	t.Run("an export is one document, whatever the phone's language calls it", func(t *testing.T) {
		if len(docs) != 1 || docs[0].Name != "export.zip/Exportieren.xml" {
			t.Fatalf("got %+v", docs)
		}
	})
	body, err := docs[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	e, err := mapped.Open(docs[0].Name, body, mapping.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Next()
	t.Run("a workout has the route that lies in a file of its own", func(t *testing.T) {
		if err != nil || len(b.Records) != 1 || len(b.Records[0].Exercise.Tracks) != 2 {
			t.Errorf("got %+v, %v", b, err)
		}
	})
	t.Run("what is left out is told, by its folder", func(t *testing.T) {
		told := ""
		for _, i := range e.Issues() {
			told += i.Path + ": " + i.Reason + "\n"
		}
		for _, want := range []string{"files in electrocardiograms: ", "files in the export's own folder: ", "files in workout-routes: "} {
			if !strings.Contains(told, want+"records have no place for it; 1 left out") {
				t.Errorf("nothing says %q:\n%s", want, told)
			}
		}
		if strings.Contains(told, "ecg_2026") || strings.Contains(told, "<x>") {
			t.Errorf("names of files are told:\n%s", told)
		}
	})
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		entries []string
		kind    fault.Kind
	}{
		"an archive of other XML":      {[]string{"a.xml", "<ClinicalDocument/>"}, fault.Unreadable},
		"a bomb":                       {[]string{"export.xml", root + strings.Repeat(" ", 3<<20) + "</HealthData>"}, fault.TooLarge},
		"a route that makes it a bomb": {[]string{"export.xml", root + "</HealthData>", "a.gpx", strings.Repeat(" ", 3<<20)}, fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			limits := file.Limits{Bytes: 1 << 20, Entries: 10, Find: []file.Finder{applehealth.Find}}
			_, done, err := limits.Expand("x.zip", archive(t, c.entries...), t.TempDir())
			if fault.KindOf(err) != c.kind {
				t.Errorf("got %v", err)
			}
			if err := done(); err != nil {
				t.Error(err)
			}
		})
	}
}
