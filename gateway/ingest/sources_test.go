package ingest_test

import (
	"path/filepath"
	"testing"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/cronometer"
)

// everything reads the documents of both sources.
var everything = source.FirstOf(source.From(cronometer.Open), source.From(applehealth.Open))

const (
	biometrics = "Day,Time,Group,Metric,Unit,Amount\n2026-01-05,7:00 AM,\"Morning\",\"Weight\",\"kg\",70.50\n"
	exported   = `<HealthData><Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-01-05 08:00:00 +0100" endDate="2026-01-05 08:00:00 +0100" value="70.25"/></HealthData>`
	later      = `<HealthData><Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-01-05 08:00:00 +0100" endDate="2026-01-05 08:00:00 +0100" value="70.25"/>` +
		`<Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-01-06 08:00:00 +0100" endDate="2026-01-06 08:00:00 +0100" value="70"/></HealthData>`
)

func TestTwoSources(t *testing.T) {
	st, user := newStore(t, filepath.Join(t.TempDir(), "store.db"))
	run := func(name, text string) store.Tally {
		t.Helper()
		report, err := ingest.Run(t.Context(), st, everything, user, []source.Document{document(name, text)}, ingest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return report.Tally
	}
	run("biometrics.csv", biometrics)
	t.Run("a second source takes nothing of the day from the first", func(t *testing.T) {
		if got := run("export.xml", exported); got != (store.Tally{Added: 1}) || weights(t, st, user) != "70.25 70.50 " {
			t.Errorf("got %+v, %s", got, weights(t, st, user))
		}
	})
	t.Run("nor the first from the second", func(t *testing.T) {
		if got := run("biometrics.csv", biometrics); got != (store.Tally{Kept: 1}) || weights(t, st, user) != "70.25 70.50 " {
			t.Errorf("got %+v, %s", got, weights(t, st, user))
		}
	})
	t.Run("a later export of the same adds what is new and changes nothing else", func(t *testing.T) {
		if got := run("export.xml", later); got != (store.Tally{Added: 1, Kept: 1}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("reading all again changes nothing", func(t *testing.T) {
		report, err := ingest.Remap(t.Context(), st, everything, user, nil)
		if err != nil || report.Tally != (store.Tally{Kept: 3}) {
			t.Errorf("got %+v, %v", report.Tally, err)
		}
	})
	t.Run("an entry that one of them loses is gone of it alone", func(t *testing.T) {
		const other = "Day,Time,Group,Metric,Unit,Amount\n2026-01-05,7:00 AM,\"Morning\",\"Mood\",\"\",5\n"
		if got := run("biometrics.csv", other); got != (store.Tally{Added: 1, Gone: 1}) || weights(t, st, user) != "70.25 70 " {
			t.Errorf("got %+v, %s", got, weights(t, st, user))
		}
	})
}

// weights are those that the user has.
func weights(t *testing.T, st *sqlite.Store, user store.User) string {
	t.Helper()
	list := ""
	for _, r := range all(t, st, user) {
		if r.Metric() == "weight" && !r.Deleted {
			list += string(r.Biometric.Quantity.Value) + " "
		}
	}
	return list
}
