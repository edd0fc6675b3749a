package record

// A Target is one nutrient's daily target, set by the person. At least one
// bound is there.
type Target struct {
	Nutrient string    `json:"nutrient"`
	Min      *Quantity `json:"min,omitempty"`
	Max      *Quantity `json:"max,omitempty"`
}

// A Plan is all daily targets of the person as one set.
type Plan struct {
	Targets []Target `json:"targets"`
}
