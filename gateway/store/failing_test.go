package store_test

import (
	"testing"
	"time"

	"nutrigate/gateway/store"
)

func TestFailing(t *testing.T) {
	begin := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	type failure struct {
		hours    float64
		delivery string
	}
	for name, tt := range map[string]struct {
		failures []failure
		since    float64 // hours; below 0: the clock has not started
	}{
		"one failure does not start the clock":                    {[]failure{{0, "a"}}, -1},
		"many within an hour do not":                              {[]failure{{0, "a"}, {0.1, "b"}, {0.5, "c"}, {1, "d"}}, -1},
		"two of two deliveries, 12 hours apart, do":               {[]failure{{0, "a"}, {12, "b"}}, 12},
		"two that are a minute nearer do not":                     {[]failure{{0, "a"}, {11.98, "b"}}, -1},
		"the attempts of one delivery do not":                     {[]failure{{0, "a"}, {3, "a"}, {8, "a"}, {18, "a"}}, -1},
		"another's between them does not, but the next does":      {[]failure{{0, "a"}, {3, "b"}, {18, "a"}, {19, "b"}}, 19},
		"two that are more than a day apart do not":               {[]failure{{0, "a"}, {25, "b"}}, -1},
		"the last before counts where the first is too old":       {[]failure{{0, "a"}, {10, "b"}, {25, "c"}}, 25},
		"it starts once, however long the failures go on":         {[]failure{{0, "a"}, {13, "b"}, {30, "c"}, {60, "d"}}, 13},
		"one a day, each more than 24 hours after the one before": {[]failure{{0, "a"}, {25, "b"}, {50, "c"}, {75, "d"}}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			var f store.Failing
			for _, one := range tt.failures {
				f = f.Failed(begin.Add(time.Duration(one.hours*float64(time.Hour))), one.delivery)
			}
			want := time.Time{}
			if tt.since >= 0 {
				want = begin.Add(time.Duration(tt.since * float64(time.Hour)))
			}
			if !f.Since.Equal(want) {
				t.Errorf("since %v, want %v", f.Since, want)
			}
			if tt.since < 0 && f.Over(begin.Add(1000*time.Hour)) {
				t.Error("a clock that has not started is over")
			}
		})
	}
	t.Run("it is over after five days", func(t *testing.T) {
		f := store.Failing{Since: begin}
		if f.Over(begin.Add(120*time.Hour-time.Second)) || !f.Over(begin.Add(120*time.Hour)) {
			t.Error("it is not")
		}
	})
}
