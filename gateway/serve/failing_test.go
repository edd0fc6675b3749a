package serve_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnExportThatCannotBeReadIsToldOf(t *testing.T) {
	w := newWorld(t)
	const broken = "What,Is,This\n1,2,secret\n"
	path := w.widget(t, "ann")
	for range 2 {
		if r := w.send(t, path, "biometrics.csv", broken, nil); r.Code != http.StatusUnprocessableEntity {
			t.Fatalf("got %d %s", r.Code, r.Body)
		}
	}
	log := w.told(t, w.ann.ID)
	if got := kinds(log); got != "connection_error" {
		t.Fatalf("the log has %q", got)
	}
	for _, e := range log {
		if strings.Contains(string(e.Detail), "secret") || strings.Contains(string(e.Detail), ".csv") {
			t.Errorf("it says %s", e.Detail)
		}
	}
	t.Run("again only after it could be read", func(t *testing.T) {
		if r := w.send(t, path, "biometrics.csv", biometricsCSV, nil); r.Code != http.StatusOK {
			t.Fatalf("got %d", r.Code)
		}
		_ = w.send(t, w.widget(t, "ann"), "biometrics.csv", broken, nil)
		if got := kinds(w.told(t, w.ann.ID)); got != "connection_error auth connection_error" {
			t.Errorf("the log has %q", got)
		}
	})
	t.Run("of nobody yet, nothing is told", func(t *testing.T) {
		before, err := w.store.Log(t.Context(), "demo", 0, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.send(t, w.widget(t, "somebody"), "biometrics.csv", broken, nil)
		after, err := w.store.Log(t.Context(), "demo", 0, 100_000)
		if err != nil || len(after) != len(before) {
			t.Errorf("%d lines more, %v", len(after)-len(before), err)
		}
	})
}
