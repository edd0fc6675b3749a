package terra

import (
	"time"

	"nutrigate/mapping/record"
)

// moment is an instant where the zone is known, and what the person's clock
// showed where it is not; Terra writes the latter without an offset.
type moment struct {
	t    time.Time
	wall bool // the zone is not known
}

// String writes ISO 8601 with microseconds, as Terra does.
func (m moment) String() string {
	const layout = "2006-01-02T15:04:05.000000"
	if m.wall {
		return m.t.Format(layout)
	}
	return m.t.Format(layout + "-07:00")
}

func (m moment) add(d time.Duration) moment { return moment{m.t.Add(d), m.wall} }

// midnight returns 00:00 of a day. Where the zone's clocks skip midnight that
// day it is the instant at which they did, still written as 00:00, with the
// offset from before: Terra's days "always fall on midnight".
func midnight(day record.Date, zone string) (moment, error) {
	face, _, err := record.WallClock(day, "00:00", "UTC")
	if err != nil || zone == "" {
		return moment{face, true}, err
	}
	at, exact, err := record.WallClock(day, "00:00", zone)
	if err == nil && !exact {
		at = at.In(time.FixedZone("", int(face.Sub(at).Seconds())))
	}
	return moment{at, false}, err
}

// bounds are a day's midnight and the next. On the days on which the clocks
// change they are 23 or 25 hours apart, each with its own offset: Terra says
// 24 hours, and that both are midnights, and only the latter can be kept.
func bounds(day record.Date, zone string) (start, end moment, err error) {
	if start, err = midnight(day, zone); err != nil {
		return start, end, err
	}
	end, err = midnight(day.AddDays(1), zone)
	return start, end, err
}

// maxMarker is the last thousandth of the first second, see marker.
const maxMarker = 999

// marker is how Terra writes that no time was logged: midnight and some
// thousandths of a second, which keep the order within the day and count from
// 1, so that a logged midnight differs.
func marker(day record.Date, zone string, order int) (moment, error) {
	m, err := midnight(day, zone)
	return m.add(time.Duration(min(order+1, maxMarker)) * time.Millisecond), err
}

// at returns when a record happened: its logged time or the marker.
func (e *encoder) at(r *record.Record) (moment, error) {
	if r.Time == "" {
		return marker(r.Day, r.Zone, r.Ordinal())
	}
	if r.Zone == "" {
		t, _, err := record.WallClock(r.Day, r.Time, "UTC")
		return moment{t, true}, err
	}
	t, exact, err := record.WallClock(r.Day, r.Time, r.Zone)
	if err == nil && !exact {
		e.issues.assumed(string(r.Kind)+".time", "the zone's clocks skipped this time, and a time next to it is shown, or showed it twice, and the first is meant")
	}
	return moment{t, false}, err
}

// zone returns the zone of the first of the records that has one.
func zone(records []*record.Record) string {
	for _, r := range records {
		if r.Zone != "" {
			return r.Zone
		}
	}
	return ""
}

// localTime is TimestampLocalization 1: times are the person's own.
const localTime = 1

// dayMetadata is the metadata of nutrition, body and daily.
type dayMetadata struct {
	Start        string `json:"start_time"`
	End          string `json:"end_time"`
	Localization int    `json:"timestamp_localization"`
	UploadType   int    `json:"upload_type,omitempty"`
}

func newDayMetadata(day record.Date, zone string) (dayMetadata, error) {
	start, end, err := bounds(day, zone)
	return dayMetadata{Start: start.String(), End: end.String(), Localization: localTime}, err
}
