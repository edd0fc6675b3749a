package cronometer

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed units.csv
var unitsCSV []byte

var units = sync.OnceValue(func() map[string]string {
	codes := map[string]string{}
	for _, c := range mustRead("units.csv", unitsCSV, "label,code,source") {
		codes[c[0]] = c[1]
	}
	return codes
})

// unitCode returns the UCUM code of a unit as Cronometer labels it. A label
// that the table lacks becomes an annotation, and known is false. No label is
// the unity.
func unitCode(label string) (code string, known bool) {
	label = plainMicro(strings.TrimSpace(label))
	if label == "" {
		return "1", false
	}
	if code, known := units()[label]; known {
		return code, true
	}
	return "{" + strings.Map(annotation, label) + "}", false
}

// annotation replaces what may not stand between the braces of an annotation:
// only the ASCII characters 33 to 126 may, without braces (UCUM 2.2, section 6).
func annotation(c rune) rune {
	if c <= ' ' || c > '~' || c == '{' || c == '}' {
		return '_'
	}
	return c
}
