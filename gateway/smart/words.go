package smart

import (
	"maps"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/grant"
)

// Explain says in plain words what a permission lets an app read, to whoever is
// to allow it.
func Explain(p grant.Permission) string {
	text := subject(p.Type)
	if len(p.Actions) == 1 {
		text += map[grant.Action]string{grant.Read: " (one at a time)", grant.Search: " (in searches)"}[p.Actions[0]]
	}
	var conditions []string
	for _, name := range slices.Sorted(maps.Keys(p.Query)) {
		for _, value := range p.Query[name] {
			conditions = append(conditions, condition(name, value))
		}
	}
	if len(conditions) > 0 {
		text += ": only " + strings.Join(conditions, ", and only ")
	}
	return text
}

func subject(resourceType string) string {
	switch resourceType {
	case "*":
		return "everything that is kept here"
	case "Observation":
		return "foods, drinks and nutrients, measurements such as weight, exercise, sleep, fasts and notes"
	case "Patient":
		return "the entry for the person: an id, and whether it is active; no name"
	case "Goal":
		return "goals"
	case "NutritionOrder":
		return "nutrition plans"
	case "DiagnosticReport":
		return "nutrition reports"
	case "Composition", "DocumentReference", "Bundle":
		return "summaries"
	case "Provenance", "Device":
		return "where each entry came from"
	case "AuditEvent":
		return "who has read the data, and when"
	}
	return "resources of the type " + resourceType
}

// condition explains what a resource has to meet. The codes are those that
// HL7's category of Observations has, where it can be told in a word.
func condition(name, value string) string {
	if name == "category" {
		_, code, piped := strings.Cut(value, "|")
		if !piped {
			code = value
		}
		if words, known := map[string]string{
			"vital-signs": "vital signs such as weight and blood pressure", "laboratory": "results of tests",
			"survey": "what was eaten and drunk", "activity": "exercise and other activity", "exam": "measurements of the body",
			"social-history": "habits",
		}[code]; known {
			return words
		}
	}
	return "those with " + name + " " + value
}

// Lasting says for how long an authorization of these scopes is good.
func Lasting(asked grant.Asked) (text string, life time.Duration) {
	switch {
	case asked.Has(grant.Offline):
		return "for 90 days, also while you do not use the app", OfflineLife
	case asked.Has(grant.Online):
		return "for 12 hours", OnlineLife
	}
	return "for one hour", AccessLife
}
