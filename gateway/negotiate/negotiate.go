// Package negotiate chooses a representation from what a client accepts, by
// RFC 9110 sections 12.5.1 (Accept) and 12.5.3 (Accept-Encoding).
//
// What is not of the grammar is passed over, element by element; a header of
// which nothing is left counts as absent. Two slips that old clients make are
// understood: "*" for "*/*", and weights like ".2".
package negotiate

import (
	"mime"
	"strconv"
	"strings"
)

// Media returns the offered media type that suits the Accept header best, and
// false if none does (406). Among equals the earlier offer wins; without a
// header the first does.
//
// An offer may have parameters. A media range with parameters suits an offer
// that has them all, whatever the case; charset=utf-8 suits every offer, since
// all that we write is UTF-8.
func Media(accept []string, offers ...string) (string, bool) {
	ranges := mediaRanges(accept)
	if len(ranges) == 0 && len(offers) > 0 {
		return offers[0], true
	}
	best, found, highest := "", false, 0.0
	for _, offer := range offers {
		if q := quality(ranges, offer); q > highest {
			best, found, highest = offer, true, q
		}
	}
	return best, found
}

// quality is the weight of the most specific range that the offer meets.
func quality(ranges []mediaRange, offer string) float64 {
	weight, most := 0.0, 0
	for _, r := range ranges {
		if s := r.specificity(offer); s > most {
			weight, most = r.weight, s
		}
	}
	return weight
}

type mediaRange struct {
	kind, subtype string // lower case
	params        map[string]string
	weight        float64
}

// specificity is 0 if the offer is not in the range, and higher the more the
// range says: "*/*" is 1, "text/*" 2, "text/plain" 3, and one more for each parameter.
func (r mediaRange) specificity(offer string) int {
	full, params, err := mime.ParseMediaType(offer)
	if err != nil {
		return 0
	}
	kind, subtype, _ := strings.Cut(full, "/")
	level := 3
	switch {
	case r.kind == "*":
		level = 1
	case r.kind != kind:
		return 0
	case r.subtype == "*":
		level = 2
	case r.subtype != subtype:
		return 0
	}
	for name, value := range r.params {
		have, ok := params[name]
		utf8 := name == "charset" && strings.EqualFold(value, "utf-8")
		if !utf8 && (!ok || !strings.EqualFold(have, value)) {
			return 0
		}
		level++
	}
	return level
}

func mediaRanges(headers []string) []mediaRange {
	var ranges []mediaRange
	for _, element := range elements(headers) {
		if r, ok := parseRange(element); ok {
			ranges = append(ranges, r)
		}
	}
	return ranges
}

func parseRange(element string) (mediaRange, bool) {
	if name, rest, _ := strings.Cut(element, ";"); strings.TrimSpace(name) == "*" {
		element = "*/*;" + rest
	}
	full, params, err := mime.ParseMediaType(element)
	if err != nil {
		return mediaRange{}, false
	}
	kind, subtype, ok := strings.Cut(full, "/")
	if !ok || kind == "" || subtype == "" || (kind == "*" && subtype != "*") {
		return mediaRange{}, false
	}
	weight := 1.0
	if q, there := params["q"]; there {
		if weight, ok = parseWeight(q); !ok {
			return mediaRange{}, false
		}
		delete(params, "q")
	}
	return mediaRange{kind, subtype, params, weight}, true
}

// parseWeight reads a qvalue (RFC 9110 section 12.4.2).
func parseWeight(s string) (float64, bool) {
	if len(s) > len("0.000") || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	q, err := strconv.ParseFloat(s, 64)
	return q, err == nil && q <= 1
}

// elements splits list headers at their commas, those in quotes excepted
// (RFC 9110 section 5.6.1), and drops empty elements.
func elements(headers []string) []string {
	var all []string
	for _, h := range headers {
		start, quoted, escaped := 0, false, false
		for i := 0; i <= len(h); i++ {
			switch {
			case i == len(h) || (h[i] == ',' && !quoted):
				if e := strings.TrimSpace(h[start:i]); e != "" {
					all = append(all, e)
				}
				start = i + 1
			case escaped:
				escaped = false
			case h[i] == '\\':
				escaped = quoted
			case h[i] == '"':
				quoted = !quoted
			}
		}
	}
	return all
}
