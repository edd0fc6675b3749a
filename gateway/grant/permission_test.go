package grant_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"nutrigate/gateway/grant"
)

const vitals = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, asked, want string }{
		{"keeps what can be granted", "system/Observation.rs", "system/Observation.rs"},
		{"keeps a condition as it was written", "user/Observation.rs?" + vitals, "user/Observation.rs?" + vitals},
		{"takes the letters that write away", "patient/Observation.cruds", "patient/Observation.rs"},
		{"but for a service's subscriptions", "system/Subscription.cruds", "system/Subscription.cruds"},
		{"and not those of people", "user/Subscription.cruds", "user/Subscription.rs"},
		{"takes one letter", "patient/Observation.r patient/Goal.s", "patient/Observation.r patient/Goal.s"},
		{"leaves out what only writes", "patient/Observation.cud patient/*.write", ""},
		{"answers SMART 1 in its words", "patient/*.read user/Goal.*", "patient/*.read user/Goal.read"},
		{"keeps the words about the person", "openid fhirUser launch launch/patient offline_access online_access", "openid fhirUser launch launch/patient offline_access online_access"},
		{"leaves out what it does not know", "profile email patient/Observation.rs launch/encounter", "patient/Observation.rs"},
		{"refuses letters out of their order", "patient/Observation.sr", ""},
		{"refuses a letter twice", "patient/Observation.rr", ""},
		{"refuses no letters", "patient/Observation.", ""},
		{"refuses another level", "practitioner/Observation.rs", ""},
		{"refuses what is no type", "patient/observation.rs patient/Obs3rvation.rs patient/.rs patient/**.rs", ""},
		{"refuses a condition on every type", "patient/*.rs?" + vitals, ""},
		{"refuses an empty condition", "patient/Observation.rs? patient/Observation.rs?category=", ""},
		{"refuses what only says how a search answers", "patient/Observation.rs?_count=5 patient/Observation.rs?_include=Observation:subject", ""},
		{"refuses a condition in the words of SMART 1", "patient/Observation.read?" + vitals, ""},
		{"refuses what no scope may have", "patient/Observation.rs?code=\"x\" patient/Observation.rs?code=ä", ""},
		{"says once what is asked twice", "openid openid patient/Goal.rs patient/Goal.rs", "openid patient/Goal.rs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := grant.Parse(tt.asked).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParsedScope(t *testing.T) {
	got := grant.Parse("system/Observation.s?" + vitals + "&code=1,2").Scopes()
	want := []grant.Scope{{
		Type: "Observation", Actions: []grant.Action{grant.Search},
		Query: url.Values{"category": {"http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"}, "code": {"1,2"}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct{ name, asked, allowed, want string }{
		{"grants what is allowed", "openid system/Goal.rs", "openid system/*.rs", "openid system/Goal.rs"},
		{"narrows a star to what is allowed", "system/*.rs", "system/Goal.rs system/Patient.r", "system/Goal.rs system/Patient.r"},
		{"narrows the letters", "system/Goal.rs", "system/Goal.s", "system/Goal.s"},
		{"leaves out another level", "patient/Goal.rs", "user/Goal.rs system/Goal.rs", ""},
		{"leaves out another type", "patient/Goal.rs", "patient/Patient.rs", ""},
		{"leaves out words that are not allowed", "openid offline_access", "openid", "openid"},
		{"takes over the condition of what is allowed", "system/Observation.rs", "system/Observation.rs?" + vitals, "system/Observation.rs?" + vitals},
		{"keeps the condition that is asked for", "system/Observation.rs?" + vitals, "system/*.rs", "system/Observation.rs?" + vitals},
		{"says a condition of both once", "system/Observation.rs?" + vitals, "system/Observation.rs?" + vitals, "system/Observation.rs?" + vitals},
		{"wants both conditions to be met", "system/Observation.rs?code=1", "system/Observation.rs?" + vitals, "system/Observation.rs?code=1&" + vitals},
		{"grants SMART 1 what is allowed in the words of SMART 2", "patient/*.read", "patient/Goal.rs", "patient/Goal.read"},
		{"grants part of SMART 1's reading in the words of SMART 2", "patient/Goal.read", "patient/Goal.r", "patient/Goal.r"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := grant.Parse(tt.asked).Within(grant.Parse(tt.allowed)).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUnknown(t *testing.T) {
	for text, want := range map[string]string{
		"openid patient/*.read system/Observation.rs?" + vitals: "",
		"patient/Observation.rs profile":                        "profile",
		"patient/Observation.cruds":                             "patient/Observation.cruds",
	} {
		if got, found := grant.Unknown(text); got != want || found != (want != "") {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"system/Observation.rs", "user/Observation.rs?" + vitals, "patient/*.read", "patient/*.*", "openid fhirUser launch/patient",
		"patient/Observation.cruds?code=a&code=b", "patient/Observation.rs?a=%zz", "patient/../x.rs", "system/Goal.", "?", "/.?=&",
	} {
		f.Add(seed)
	}
	all := grant.Parse("system/*.rs patient/*.rs user/*.rs " + strings.Join(grant.Words(), " "))
	f.Fuzz(func(t *testing.T, text string) {
		asked := grant.Parse(text)
		again := grant.Parse(asked.String())
		if again.String() != asked.String() || !reflect.DeepEqual(again.Scopes(), asked.Scopes()) {
			t.Errorf("%q is read as %q, and that as %q", text, asked, again)
		}
		if within := asked.Within(all); within.String() != asked.String() {
			t.Errorf("%q within everything is %q", asked, within)
		}
		for _, s := range asked.Scopes() {
			for _, a := range s.Actions {
				if a != grant.Read && a != grant.Search {
					t.Errorf("%q grants %q", text, string(a))
				}
			}
		}
	})
}
