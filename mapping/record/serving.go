package record

// A Serving is one food eaten. Two equal servings on one day are two servings.
type Serving struct {
	// Group is the diary group, a name that the person chose; empty where the document has none.
	Group string `json:"group,omitempty"`
	Food  string `json:"food"`
	// Amount is absent where the document gives none.
	Amount *Amount `json:"amount,omitempty"`
	// Category is the source's food category; empty for custom foods.
	Category  string    `json:"category,omitempty"`
	Nutrients Nutrients `json:"nutrients,omitempty"`
}

// An Amount is how much was eaten, in whatever measure the person picked:
// "1.00 tsp", "0.50 full recipe", `1.00 medium - 7"" long`.
type Amount struct {
	// Text is the cell, verbatim.
	Text string `json:"text"`
	// Number is its leading number; empty where the text has none.
	Number Decimal `json:"number,omitempty"`
	// Unit is what follows the number and one space, verbatim. It is not a UCUM code.
	Unit string `json:"unit,omitempty"`
}
