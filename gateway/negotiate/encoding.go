package negotiate

import "strings"

// Identity is the coding that changes nothing.
const Identity = "identity"

// Encoding returns the offered content coding that suits the Accept-Encoding
// header best; Identity where none does or nothing is said. Among equals the
// earlier offer wins, and any offer wins over Identity unless the client ranks
// Identity higher.
//
// A client that refuses Identity and knows no offer gets Identity nevertheless:
// RFC 9110 section 12.5.3 allows it, and an answer is better than none.
func Encoding(accept []string, offers ...string) string {
	weights := map[string]float64{}
	for _, element := range elements(accept) {
		if name, weight, ok := parseCoding(element); ok {
			weights[name] = weight
		}
	}
	best, highest := Identity, 0.0
	for _, offer := range offers {
		weight, named := weights[offer]
		if !named {
			weight = weights["*"]
		}
		if weight > highest {
			best, highest = offer, weight
		}
	}
	if weights[Identity] > highest {
		return Identity
	}
	return best
}

func parseCoding(element string) (name string, weight float64, ok bool) {
	name, parameter, weighted := strings.Cut(element, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "x-gzip" { // RFC 9110 section 8.4.1.3
		name = "gzip"
	}
	if !weighted {
		return name, 1, name != ""
	}
	key, value, _ := strings.Cut(parameter, "=")
	if !strings.EqualFold(strings.TrimSpace(key), "q") {
		return "", 0, false
	}
	weight, ok = parseWeight(strings.TrimSpace(value))
	return name, weight, ok && name != ""
}
