package schemas

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// The table is not to be seen from outside, so this test is inside.
func TestTheTableSaysWhatTheExpressionSays(t *testing.T) {
	for expression, tabled := range map[string]bool{
		`^(0|[1-9][0-9]*)(\.[0-9]+)? (kg|g|mg|ug)$`:           true,
		`^-?(0|[1-9][0-9]*)(\.[0-9]+)? ([^ {}]+|\{[^{}]+\})$`: true,
		`^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$`:       true,
		`^~.`:               true, // and whatever follows
		`^$`:                true,
		`^(a|b)*$|^c`:       true,
		`Z$`:                false, // may start anywhere
		`^(?m:a$)`:          false,
		`^a\b`:              false,
		`^[0-9a-f]{70,90}$`: false, // too many states
		`a|^b`:              false,
	} {
		re := regexp.MustCompile(expression)
		m := newMatcher(re)
		if (m.states != nil) != tabled {
			t.Errorf("%s: is a table: %t", expression, m.states != nil)
		}
		for _, text := range texts() {
			if got, want := m.matches(text), re.MatchString(text); got != want {
				t.Errorf("%s on %q: got %t, want %t", expression, text, got, want)
			}
		}
	}
}

// texts are some that the expressions take and many that are nearly so.
func texts() []string {
	all := []string{"", "0 g", "12.50 mg", "007 g", "1. g", "1.5 {drops}", "-1 %", "1.5 µg", "~x", "~", "~é", "23:59", "24:00", "09:00:30", "c", "abab", "Z", "aZ", "a\n", "0 g\n", "b\x80"}
	random := rand.New(rand.NewPCG(1, 2)) // the same texts every time
	const letters = "0129. -{}gmk~ab:\nµ"
	for range 5000 {
		text := []byte(all[random.IntN(20)])
		if len(text) > 0 {
			text[random.IntN(len(text))] = letters[random.IntN(len(letters))]
		}
		all = append(all, string(text))
	}
	return all
}
