package operate

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// A Schedule has the waits before each attempt. As JSON and as text it has
// those between attempts: the first attempt is made at once.
type Schedule []time.Duration

// ParseSchedule reads "standard", "terra", or waits such as "30s,5m,1h".
func ParseSchedule(text string) (Schedule, error) {
	switch text {
	case "standard":
		return store.DefaultSchedule(), nil
	case "terra":
		return store.TerraSchedule(), nil
	}
	s := Schedule{0}
	for wait := range strings.SplitSeq(text, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(wait))
		if err != nil || d < 0 {
			return nil, fault.BadParam("schedule", `schedule: "standard", "terra", or waits such as "30s,5m,1h"; not %q`, wait)
		}
		s = append(s, d)
	}
	return s, nil
}

func (s Schedule) waits() []string {
	texts := []string{}
	for i, d := range s {
		if i > 0 || d > 0 {
			texts = append(texts, short(d))
		}
	}
	return texts
}

func (s Schedule) String() string { return strings.Join(s.waits(), ",") }

// MarshalJSON writes the waits as a list of texts.
func (s Schedule) MarshalJSON() ([]byte, error) { return json.Marshal(s.waits()) }

// UnmarshalJSON reads a list of texts, or what ParseSchedule reads.
func (s *Schedule) UnmarshalJSON(b []byte) (err error) {
	var text string
	var list []string
	if json.Unmarshal(b, &text) != nil {
		if err := json.Unmarshal(b, &list); err != nil {
			return errors.New(`a schedule is a text or a list of texts, such as ["30s", "5m"]`)
		}
		text = strings.Join(list, ",")
	}
	*s, err = ParseSchedule(text)
	return err
}

// short is a time without what is zero at its end: "5m", not "5m0s".
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// A Time is an instant in UTC, without what is zero at its end; empty text for none.
type Time time.Time

func (t Time) String() string {
	if time.Time(t).IsZero() {
		return ""
	}
	return time.Time(t).UTC().Format(time.RFC3339Nano)
}

// MarshalJSON writes null for none.
func (t Time) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.String())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error { return (*time.Time)(t).UnmarshalJSON(b) }

// ParseInstant reads an instant (RFC 3339), a day, which begins in UTC, or how
// long before now: "90m". An empty text is the zero time.
func ParseInstant(param, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fault.BadParam(param, `%s: %q is no instant, such as 2026-01-31, 2026-01-31T08:00:00Z, or 2h for two hours ago`, param, text)
}
