package fit

import (
	"hash/fnv"
	"time"

	"nutrigate/mapping/record"
)

// The times that a date_time can hold. Lower numbers than the first mean
// seconds since a device was switched on (FIT profile, type date_time); later
// ones than the last would wrap around silently.
var (
	epoch    = time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC)
	earliest = epoch.Add(0x10000000 * time.Second) // 1998-07-03
	latest   = time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
)

// A moment is an instant as FIT needs it.
type moment struct {
	at    time.Time
	zoned bool // at's location is the zone in which the person logged
}

// momentOf returns when r was. What had to be assumed becomes an issue; it is
// false, with an issue, where no FIT file can hold the time.
func momentOf(r *record.Record, is *issues) (moment, bool) {
	m, err := logged(r, is)
	if err != nil || record.DateOf(m.at) != r.Day {
		is.lost(string(r.Kind)+".time", "there is no such day or time in the zone; no file is made")
		return m, false
	}
	if m.at.Before(earliest) || !m.at.Before(latest) {
		is.lost(string(r.Kind)+".time", "FIT has dates from 1998-07-04 to 2125 only; no file is made")
		return m, false
	}
	return m, true
}

func logged(r *record.Record, is *issues) (moment, error) {
	zone, clock := r.Zone, r.Time
	if zone == "" {
		zone = "UTC"
		is.assumed(string(r.Kind)+".zone", "no zone is known; the time is taken as UTC")
	}
	if clock == "" {
		at, err := assumedStart(r, zone)
		is.assumed(string(r.Kind)+".time", "no time was logged; one in the hour after noon is assumed")
		return moment{at, r.Zone != ""}, err
	}
	at, exact, err := record.WallClock(r.Day, clock, zone)
	if !exact && err == nil {
		is.assumed(string(r.Kind)+".time", "the zone's clocks skipped this time, and the nearest one is taken, or showed it twice, and the first is taken")
		if record.DateOf(at) < r.Day { // clocks went forward at midnight
			at = at.Add(time.Hour)
		}
	}
	return moment{at, r.Zone != ""}, err
}

// assumedStart makes up a time for a record that has none: a second of the hour
// after noon, chosen by the record's id alone. So it stays when other records
// come and go, and two exercises of one day rarely start together, which
// services would take for a duplicate.
func assumedStart(r *record.Record, zone string) (time.Time, error) {
	noon, _, err := record.WallClock(r.Day, "12:00", zone)
	return noon.Add(time.Duration(hash(r.ID)%3600) * time.Second), err
}

// hash is FNV-1a: stable, and spread well enough over ids.
func hash(parts ...string) uint32 {
	h := fnv.New32a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p)) // never fails (hash.Hash)
	}
	return h.Sum32()
}

// seconds returns t as FIT writes it.
func seconds(t time.Time) uint64 { return uint64(t.Sub(epoch) / time.Second) }
