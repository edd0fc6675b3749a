package terra

import (
	"slices"

	"nutrigate/mapping"
)

// issues keeps each issue once, in the order in which they came.
type issues struct{ list []mapping.Issue }

func (is *issues) lost(path, reason string)    { is.add(mapping.Lost, path, reason) }
func (is *issues) assumed(path, reason string) { is.add(mapping.Assumed, path, reason) }

func (is *issues) add(sort mapping.Sort, path, reason string) {
	if i := (mapping.Issue{Sort: sort, Path: path, Reason: reason}); !slices.Contains(is.list, i) {
		is.list = append(is.list, i)
	}
}
