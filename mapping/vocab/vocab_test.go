package vocab_test

import (
	"testing"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

func TestEveryRow(t *testing.T) {
	if got := len(vocab.Nutrients()); got != 96 { // 95 of the catalogue and one of old exports
		t.Errorf("nutrients: got %d", got)
	}
	for _, n := range vocab.Nutrients() {
		if _, ok := vocab.UnitByCode(n.Unit); !ok || n.Name == "" || n.Source == "" {
			t.Errorf("nutrient %s: unit %q unknown, or no name or source", n.Key, n.Unit)
		}
	}
	for _, b := range vocab.Biometrics() {
		if _, ok := vocab.UnitByCode(b.Unit); !ok || b.Name == "" || b.Source == "" {
			t.Errorf("biometric %s: unit %q unknown, or no name or source", b.Key, b.Unit)
		}
	}
	for _, u := range vocab.Units() {
		if u.Dimension == "" || u.Source == "" || u.Numerator.Sign() <= 0 || u.Denominator.Sign() <= 0 {
			t.Errorf("unit %s: incomplete", u.Code)
		}
	}
}

func TestConvert(t *testing.T) {
	for _, c := range []struct{ from, unit, to, want string }{
		{"379.00", "ug", "mg", "0.37900"},
		{"1.50", "g", "mg", "1500"},
		{"0.00", "ug", "mg", "0.00000"},
		{"1.50", "mg", "mg", "1.50"},
		{"150.0", "[lb_av]", "kg", "68.0389"},
		{"0.0", "[lb_av]", "kg", "0.0"},
		{"8368.00", "kJ", "kcal", "2000.0000"},
		{"98.6", "[degF]", "Cel", "37.000"},
		{"37.0", "Cel", "[degF]", "98.600"},
		{"7.51667", "h", "s", "27060.012"},
		{"30.0", "min", "s", "1800.0"},
		{"70.5", "[in_i]", "cm", "179.07"},
	} {
		q := record.Quantity{Value: record.Decimal(c.from), Unit: c.unit}
		got, err := vocab.Convert(q, c.to)
		if err != nil {
			t.Errorf("%s to %s: %v", q, c.to, err)
			continue
		}
		if want := (record.Quantity{Value: record.Decimal(c.want), Unit: c.to}); got != want {
			t.Errorf("%s: got %s, want %s", q, got, want)
		}
	}
	if _, err := vocab.Convert(record.Quantity{Value: "1", Unit: "[iU]"}, "mg"); err == nil {
		t.Error("international units became milligrams without a substance")
	}
}

func TestMultiply(t *testing.T) {
	got, err := vocab.Multiply(record.Quantity{Value: "131.00", Unit: "[iU]"}, "0.000025", "mg")
	if want := (record.Quantity{Value: "0.003275000", Unit: "mg"}); err != nil || got != want {
		t.Errorf("131 IU of vitamin D: got %s, want %s (%v)", got, want, err)
	}
}
