package record

// An Exercise is one exercise as logged. Record.Time, where there is one, is
// its start.
type Exercise struct {
	Name string `json:"name"`
	// Device is the app or device that delivered it; empty where entered by hand.
	Device string `json:"device,omitempty"`
	Group  string `json:"group,omitempty"`
	// Duration is in minutes as written; absent where the document gives none.
	Duration *Quantity `json:"duration,omitempty"`
	// Energy is the energy burned, positive; absent where the document gives none.
	Energy *Quantity `json:"energy,omitempty"`
}
