package search

import (
	"time"

	"github.com/cockroachdb/apd/v3"
)

// SortKey returns a text by which resources sort as their values of the
// parameter do; empty where there is none. Of several values the least counts,
// and downwards the greatest.
func (p *Param) SortKey(r *Resource, down bool) string {
	key := ""
	for _, e := range p.elements(r.root()) {
		if k := p.keyOf(e, r); k != "" && (key == "" || (k < key) != down) {
			key = k
		}
	}
	return key
}

func (p *Param) keyOf(element any, r *Resource) string {
	switch p.Kind {
	case Date:
		w, ok := whenOf(element)
		if !ok {
			return ""
		}
		return string(w.Days.Lo) + w.Moments(zoneOf(r.Zone)).Lo.UTC().Format("T"+time.RFC3339Nano)
	case Quantity:
		if m, ok := element.(map[string]any); ok {
			return numberKey(decimal(m["value"]))
		}
		return ""
	case Number:
		return numberKey(decimal(element))
	case Ref:
		return referenceText(element)
	case Token:
		if labels := labelsOf(element); len(labels) > 0 {
			for _, l := range labels {
				if l != "" {
					return folded(l)
				}
			}
		}
		if codes := tokensOf(p, element); len(codes) > 0 {
			return codes[0].code
		}
		return ""
	}
	if all := texts(element); len(all) > 0 {
		return folded(all[0])
	}
	return ""
}

// numberKey writes a number so that texts sort as numbers do.
func numberKey(d *apd.Decimal) string {
	if d == nil {
		return ""
	}
	const width = 40
	var shifted apd.Decimal // never negative
	if _, err := exactly.Add(&shifted, d, apd.New(1, width-1)); err != nil {
		return ""
	}
	return shifted.Text('f')
}
