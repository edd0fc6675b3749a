package record_test

import (
	"testing"

	"nutrigate/mapping/record"
)

func TestSleepSum(t *testing.T) {
	s := record.Sleep{Stages: []record.Stage{
		{Stage: record.StageInBed, At: "0", Length: "30000"},
		{Stage: record.StageCore, At: "300", Length: "600.5"},
		{Stage: record.StageDeep, At: "900.5", Length: "1200"},
		{Stage: record.StageAwake, At: "2100.5", Length: "60"},
		{Stage: record.StageCore, At: "2160.5", Length: "100"},
	}}
	for name, c := range map[string]struct {
		more   []record.Stage
		stages []string
		want   record.Decimal
	}{
		"stages of one sort are added":            {nil, []string{record.StageCore}, "700.5"},
		"all in which a person sleeps":            {nil, record.Asleep(), "1900.5"},
		"digits stay as written":                  {nil, []string{record.StageAwake}, "60"},
		"what the source does not have":           {nil, []string{record.StageREM}, ""},
		"what two stages share counts once":       {[]record.Stage{{Stage: record.StageAsleep, At: "800", Length: "200"}}, record.Asleep(), "1900.5"},
		"and what is beyond counts":               {[]record.Stage{{Stage: record.StageAsleep, At: "2200", Length: "100.5"}}, record.Asleep(), "1940.5"},
		"of nothing but a moment the sum is zero": {[]record.Stage{{Stage: record.StageREM, At: "5", Length: "0"}}, []string{record.StageREM}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := record.Sleep{Stages: append(c.more, s.Stages...)}
			if got := s.Sum(c.stages...); got.Value != c.want {
				t.Errorf("got %q, want %q", got.Value, c.want)
			}
		})
	}
}

func TestPoints(t *testing.T) {
	var p record.Points
	const text = "-2 52.5200080;0 -0.50;5.5 122"
	if err := p.UnmarshalText([]byte(text)); err != nil || len(p) != 3 || p[0] != (record.Point{At: "-2", Value: "52.5200080"}) {
		t.Errorf("got %v, %v", p, err)
	}
	if back, err := p.MarshalText(); err != nil || string(back) != text {
		t.Errorf("got %s, %v", back, err)
	}
	for _, bad := range []string{"", "5", "5 ", " 5", "5 1;", "5 x", "5 1 2", "05 1"} {
		if err := p.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
