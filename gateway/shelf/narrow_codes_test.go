package shelf_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"nutrigate/gateway/search"
)

// Each code that a part has, alone, finds what has such a part: the tables that
// narrow know all of them.
func TestPartsAreFoundByTheirCodes(t *testing.T) {
	w := newWorld(t, "America/New_York")
	everything := w.seen(t, "Observation")
	codes := map[string]bool{}
	for _, r := range everything {
		var o struct {
			Component []struct {
				Code struct {
					Coding []struct{ System, Code string }
				}
			}
		}
		if err := json.Unmarshal(r.Body, &o); err != nil {
			t.Fatal(err)
		}
		for _, part := range o.Component {
			for _, c := range part.Code.Coding {
				codes[c.System+"|"+c.Code] = true
			}
		}
	}
	if len(codes) < 50 {
		t.Fatalf("%d codes of parts only", len(codes))
	}
	for code := range codes {
		for _, name := range []string{"component-code", "combo-code"} {
			query, err := search.Parse("Observation", url.Values{name: {code}})
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, r := range everything {
				if query.Matches(r) {
					want++
				}
			}
			typ, s := w.scan("Observation")
			if n, err := typ.Count(t.Context(), s.With(query)); err != nil || n != want || n == 0 {
				t.Errorf("%s=%s: %d, want %d; %v", name, code, n, want, err)
			}
		}
	}
}
