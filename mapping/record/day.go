package record

// DayTotals is one calendar day's summary. The amounts are Total records of
// the same day, so that each has a version of its own.
type DayTotals struct {
	// Completed is the mark that the person set; absent where the document has none.
	Completed *bool `json:"completed,omitempty"`
	// Open says that the day was not over when the document was made, so that
	// its totals may still grow. It is false for a completed day.
	Open bool `json:"open,omitempty"`
	// Nutrients are the keys of the totals that the day has, in the order of the document.
	Nutrients []string `json:"nutrients"`
}

// A Total is one nutrient's amount over one calendar day, as the source gives it.
type Total struct {
	Nutrient string   `json:"nutrient"`
	Quantity Quantity `json:"quantity"`
	// Open is the day's Open.
	Open bool `json:"open,omitempty"`
}

// A Meal is the totals of one diary group of one day, as the source gives them.
type Meal struct {
	Group     string    `json:"group"`
	Open      bool      `json:"open,omitempty"`
	Nutrients Nutrients `json:"nutrients,omitempty"`
}
