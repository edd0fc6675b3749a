package cronometer

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed units.csv
var unitsCSV []byte

// A unit is what a label of Cronometer stands for.
type unit struct {
	code      string // UCUM
	nutrients bool   // amounts of nutrients are given in it
}

var units = sync.OnceValue(func() map[string]unit {
	labels := map[string]unit{}
	for _, c := range mustRead("units.csv", unitsCSV, "label,code,nutrients,source") {
		labels[c[0]] = unit{c[1], c[2] == "yes"}
	}
	return labels
})

// unitOf returns the unit that a label stands for. A label that the table
// lacks becomes an annotation, and known is false. No label is the unity.
func unitOf(label string) (u unit, known bool) {
	label = plainMicro(strings.TrimSpace(label))
	if label == "" {
		return unit{code: "1"}, false
	}
	if u, known := units()[label]; known {
		return u, true
	}
	return unit{code: "{" + strings.Map(annotation, label) + "}"}, false
}

// annotation replaces what may not stand between the braces of an annotation:
// only the ASCII characters 33 to 126 may, without braces (UCUM 2.2, section 6).
func annotation(c rune) rune {
	if c <= ' ' || c > '~' || c == '{' || c == '}' {
		return '_'
	}
	return c
}
