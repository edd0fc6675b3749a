package shelf

import (
	"strings"

	"nutrigate/gateway/search"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// searchParameters is the shelf of SearchParameter: one for each parameter of
// the types that are served, made from the table of those.
func searchParameters(types Types) Type {
	var docs []mapping.Document
	seen := map[string]bool{}
	names := []string{"SearchParameter"}
	for _, t := range types {
		names = append(names, t.Name)
	}
	for _, name := range names {
		for _, p := range search.Params(name) {
			id := p.Type + "-" + strings.TrimPrefix(p.Name, "_")
			if seen[id] {
				continue
			}
			seen[id] = true
			docs = append(docs, fhir.EncodeSearchParameter(fhir.SearchParameter{
				ID: id, Base: p.Type, Name: p.Name, Kind: string(p.Kind), Expression: p.Expression(), Targets: p.Targets, Of: p.Definition(), Parts: partsOf(p),
			}))
		}
	}
	return Type{Name: "SearchParameter", Shelf: Fixed("SearchParameter", docs)}
}

// partsOf names the parameters of which a composite one is made, as R4 does:
// combo-code-value-quantity is combo-code and combo-value-quantity.
func partsOf(p *search.Param) []fhir.SearchPart {
	expressions := p.Parts()
	if len(expressions) != 2 {
		return nil
	}
	head, tail, ok := strings.Cut(p.Name, "-value-")
	names := [2]string{head, strings.TrimSuffix(head, "code") + "value-" + tail}
	if !ok { // Group has characteristic-value
		names = [2]string{"characteristic", "value"}
	}
	var all []fhir.SearchPart
	for i, name := range names {
		all = append(all, fhir.SearchPart{ID: p.Type + "-" + name, Expression: expressions[i]})
	}
	return all
}
