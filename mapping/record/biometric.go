package record

// A Biometric is one measurement. One of Quantity, BloodPressure and Text is set.
type Biometric struct {
	// Metric is the vocabulary's key, or Unknown of the name as written.
	Metric string `json:"metric"`
	// Device is the app or device that delivered it; empty where entered by hand.
	Device string `json:"device,omitempty"`
	Group  string `json:"group,omitempty"`
	// Quantity is in the unit of its own row; one file may mix kg and pounds.
	Quantity      *Quantity      `json:"quantity,omitempty"`
	BloodPressure *BloodPressure `json:"blood_pressure,omitempty"`
	// Text is a value that is no number.
	Text string `json:"text,omitempty"`
}

// BloodPressure is one reading.
type BloodPressure struct {
	Systolic  Quantity `json:"systolic"`
	Diastolic Quantity `json:"diastolic"`
}
