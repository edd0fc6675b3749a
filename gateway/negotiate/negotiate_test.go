package negotiate_test

import (
	"slices"
	"testing"

	"nutrigate/gateway/negotiate"
)

func TestMedia(t *testing.T) {
	api := []string{"application/json", "application/fhir+json", "application/vnd.ant.fit"}
	for _, c := range []struct {
		name   string
		accept []string
		offers []string
		want   string // empty: not acceptable
	}{
		{"no header takes the first offer", nil, api, "application/json"},
		{"an empty header counts as none", []string{""}, api, "application/json"},
		{"any type takes the first offer", []string{"*/*"}, api, "application/json"},
		{"a named type is taken", []string{"application/fhir+json"}, api, "application/fhir+json"},
		{"a prefix of a type is not the type", []string{"application/fh"}, api, ""},
		{"case does not matter", []string{"Application/FHIR+JSON"}, api, "application/fhir+json"},
		{"an unknown type is not acceptable", []string{"application/pdf"}, api, ""},
		{"the higher weight wins over the order", []string{"application/json;q=0.5, application/fhir+json"}, api, "application/fhir+json"},
		{"equal weights leave the choice to us", []string{"application/fhir+json, application/json"}, api, "application/json"},
		{"a weight of zero refuses", []string{"application/json;q=0, */*"}, api, "application/fhir+json"},
		{"a weight of zero on everything refuses all", []string{"*/*;q=0"}, api, ""},
		{"a subtype wildcard stays in its type", []string{"text/*"}, api, ""},
		{"several headers are one list", []string{"text/html", "application/vnd.ant.fit"}, api, "application/vnd.ant.fit"},
		{"utf-8 is what we write", []string{"application/json; charset=UTF-8"}, api, "application/json"},
		{"another charset is not", []string{"application/json; charset=latin1"}, api, ""},
		{"a parameter that the offer lacks is not met", []string{"application/json; profile=x"}, api, ""},
		{"an element that cannot be read is passed over", []string{"application/json/x, application/fhir+json"}, api, "application/fhir+json"},
		{"a header of such elements counts as absent", []string{"nonsense"}, api, "application/json"},
		{"a weight above one spoils its element", []string{"application/json;q=7, application/fhir+json;q=0.1"}, api, "application/fhir+json"},
		{"a comma in quotes parts nothing", []string{`text/plain;x="a,application/json", application/fhir+json`}, api, "application/fhir+json"},
		{"what old Java sends gets something", []string{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, api, "application/json"},
		{
			"a browser that names html gets html before any type",
			[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			[]string{"application/problem+json", "text/html"},
			"text/html",
		},
		{
			"a version parameter picks the offer that has it",
			[]string{"application/fhir+json; fhirVersion=4.0"},
			[]string{"application/fhir+json; fhirVersion=4.0.1", "application/fhir+json; fhirVersion=4.0"},
			"application/fhir+json; fhirVersion=4.0",
		},
		{ // RFC 9110 section 12.5.1: "I prefer audio/basic, but send me any audio type if it is the best available after an 80% markdown".
			"the audio example with basic", []string{"audio/*; q=0.2, audio/basic"}, []string{"audio/mpeg", "audio/basic"}, "audio/basic",
		},
		{"the audio example without basic", []string{"audio/*; q=0.2, audio/basic"}, []string{"audio/mpeg"}, "audio/mpeg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := negotiate.Media(c.accept, c.offers...)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q %v, want %q", got, ok, c.want)
			}
		})
	}
}

// The two examples of RFC 9110 section 12.5.1 that state which weight or rank
// each type has: each type must win over all that stand below it.
func TestMediaRanksAsTheStandardSays(t *testing.T) {
	for _, c := range []struct {
		accept string
		ranks  [][]string // best first; equals together
	}{
		{
			"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c",
			[][]string{{"text/html", "text/x-c"}, {"text/x-dvi"}, {"text/plain"}},
		},
		{
			"text/*, text/plain, text/plain;format=flowed, */*", // all of weight 1
			[][]string{{"text/plain;format=flowed", "text/plain", "text/html", "image/jpeg"}},
		},
		{
			"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5",
			[][]string{
				{"text/plain;format=flowed"}, // 1
				{"text/plain"},               // 0.7
				{"image/jpeg"},               // 0.5
				{"text/plain;format=fixed"},  // 0.4
				{"text/html"},                // 0.3
			},
		},
		{
			"text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5", // the table of RFC 7231
			[][]string{{"text/html;level=1"}, {"text/html", "text/html;level=3"}, {"image/jpeg"}, {"text/html;level=2"}, {"text/plain"}},
		},
	} {
		for i, equals := range c.ranks {
			below := slices.Concat(c.ranks[i+1:]...)
			for _, winner := range equals {
				offers := append(slices.Clone(below), winner)
				if got, _ := negotiate.Media([]string{c.accept}, offers...); got != winner {
					t.Errorf("Accept: %s\noffers %q: got %q, want %q", c.accept, offers, got, winner)
				}
			}
		}
	}
}

func TestEncoding(t *testing.T) {
	for _, c := range []struct {
		name, accept, want string
	}{
		{"nothing said is identity", "", "identity"},
		{"what the client knows is taken", "gzip", "gzip"},
		{"our order decides among equals", "gzip, deflate, br, zstd", "zstd"},
		{"the client's weights decide first", "gzip;q=1.0, zstd;q=0.5", "gzip"},
		{"a weight of zero refuses", "zstd;q=0, br;q=0, gzip;q=0.1", "gzip"},
		{"any coding takes our first", "*", "zstd"},
		{"any coding but one", "*, zstd;q=0", "br"},
		{"identity may be ranked higher", "gzip;q=0.5, identity", "identity"},
		{"identity below a coding loses", "gzip;q=1.0, identity; q=0.5, *;q=0", "gzip"}, // RFC 9110 section 12.5.3
		{"unknown codings alone are identity", "deflate, compress", "identity"},
		{"case and the old name do not matter", "X-GZIP", "gzip"},
		{"what cannot be read is passed over", "br;q=x, gzip;level=9, ;q=1", "identity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := negotiate.Encoding([]string{c.accept}, "zstd", "br", "gzip"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzAccept(f *testing.F) {
	for _, s := range []string{"*/*", "text/*;q=0.3, text/plain;format=flowed", `a/b;c="d,\"e";q=0`, "*;q=.2", ",,;", "gzip;q=1"} {
		f.Add(s)
	}
	offers := []string{"application/json", "application/fhir+json; fhirVersion=4.0", "text/html"}
	f.Fuzz(func(t *testing.T, header string) {
		got, ok := negotiate.Media([]string{header}, offers...)
		if ok != slices.Contains(offers, got) {
			t.Errorf("%q: chose %q (%v), which was not offered", header, got, ok)
		}
		slices.Reverse(offers)
		if _, turned := negotiate.Media([]string{header}, offers...); turned != ok {
			t.Errorf("%q: acceptable only in one order of the offers", header)
		}
		codings := []string{"zstd", "gzip", "identity"}
		if got := negotiate.Encoding([]string{header}, "zstd", "gzip"); !slices.Contains(codings, got) {
			t.Errorf("%q: coding %q was not offered", header, got)
		}
	})
}
