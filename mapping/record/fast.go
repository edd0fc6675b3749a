package record

// A Fast is one period of fasting. Record.Day is the day of its start, and
// Record.Time the start's time.
type Fast struct {
	Name string `json:"name,omitempty"`
	// EndDay and EndTime are absent while the fast is running.
	EndDay     Date   `json:"end_day,omitempty"`
	EndTime    Clock  `json:"end_time,omitempty"`
	Recurrence string `json:"recurrence,omitempty"`
	Comments   string `json:"comments,omitempty"`
}
