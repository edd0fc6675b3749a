package record

// A Note is free text from the diary. It is untrusted: whoever shows it escapes it.
type Note struct {
	Group string `json:"group,omitempty"`
	Text  string `json:"text"`
}
