package vocab

import (
	_ "embed"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// OtherExercise is the key of an exercise that no rule knows.
const OtherExercise = "other"

//go:embed exercises.csv
var exercisesCSV []byte

// ExerciseKey returns the key of the exercise that a name speaks of:
// "Bicycling, mountain, uphill" is "cycling_mountain". The name has no device
// suffix. A name that says no more than the sport gets the general key, and a
// name that no rule fits gets OtherExercise.
//
// Names are free text that sources and people make up, so the rules are
// patterns and the first that fits decides.
func ExerciseKey(name string) string {
	name = strings.ToLower(name)              // patterns are in small letters: folding case is slow
	name = strings.ReplaceAll(name, "_", " ") // devices write functional_strength_training, one word to a pattern
	for _, r := range exerciseRules() {
		if containsAny(name, r.needles) && r.pattern.MatchString(name) {
			return r.key
		}
	}
	return OtherExercise
}

// ExerciseKeys returns every key that ExerciseKey can return, in the order of
// the rules, OtherExercise last.
func ExerciseKeys() []string {
	var keys []string
	for _, r := range exerciseRules() {
		if !slices.Contains(keys, r.key) {
			keys = append(keys, r.key)
		}
	}
	return append(keys, OtherExercise)
}

// exerciseRule is one row of exercises.csv.
type exerciseRule struct {
	key     string
	pattern *regexp.Regexp
	needles []string
}

var exerciseRules = sync.OnceValue(func() []exerciseRule {
	rows, err := ReadTable("exercises.csv", exercisesCSV, "key,pattern,source,note")
	if err != nil {
		panic(err)
	}
	rules := make([]exerciseRule, 0, len(rows))
	for i, c := range rows {
		tree, err := syntax.Parse(c[1], syntax.Perl)
		if err != nil {
			panic(fmt.Sprintf("exercises.csv line %d: %v", i+2, err))
		}
		rules = append(rules, exerciseRule{c[0], regexp.MustCompile(c[1]), needles(tree)})
	}
	return rules
})
