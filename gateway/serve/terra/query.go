package terra

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

func userParams() []room.Param {
	return []room.Param{
		{Name: "user_id", Required: true, Summary: "the user's id"},
		{Name: "to_webhook", Values: []string{"true", "false"}, Summary: "true sends the data to your endpoints and answers with a reference; false answers with the data. Absent it is true once you have an endpoint, unless your settings or Accept say otherwise"},
	}
}

func dataParams() []room.Param {
	return append([]room.Param{typeParam()}, append(
		userParams(),
		room.Param{Name: "start_date", Required: true, Example: "2026-01-31", Summary: "first day: YYYY-MM-DD, or ten digits of Unix time"},
		room.Param{Name: "end_date", Example: "2026-01-31", Summary: "last day, included; today if absent"},
		samplesParam(),
	)...)
}

func pathUserParams() []room.Param {
	return []room.Param{{Name: "id", Required: true, Summary: "the user's id"}}
}

func resourceParams() []room.Param {
	return []room.Param{{Name: "resource", Required: true, Example: terra.Provider, Summary: "the source; may stand in the body instead"}}
}

func sdkParams() []room.Param {
	return []room.Param{{Name: "sdk", Values: []string{"true", "false"}, Summary: "taken and without effect: no source needs an SDK"}}
}

func recordParams() []room.Param {
	return []room.Param{typeParam(), {Name: "id", Required: true, Summary: "the record's id"}, samplesParam()}
}

func samplesParam() room.Param {
	return room.Param{Name: "with_samples", Values: []string{"true", "false"}, Summary: "true adds what was measured during activities and sleeps, point by point; FIT files have it anyway, and what is sent to endpoints never has"}
}

func typeParam() room.Param {
	return room.Param{Name: "type", Required: true, Values: dataTypes(), Summary: "the data type"}
}

// dataTypes lists the types of the data routes. Menstruation is one of Terra's
// that our source never has; it is there and empty, since clients ask for it.
func dataTypes() []string {
	types := slices.DeleteFunc(terra.Types(), func(t string) bool { return t == "athlete" })
	return append(types, "menstruation")
}

// days reads start_date and end_date. The range is inclusive; without an
// end_date it ends today in the person's zone.
func days(q url.Values, zone *time.Location, now time.Time) (from, to record.Date, err error) {
	if !q.Has("start_date") {
		return "", "", fault.BadParam("start_date", "start_date is required")
	}
	if from, err = day(q, "start_date", zone); err != nil {
		return "", "", err
	}
	to = record.DateOf(now.In(zone))
	if q.Has("end_date") {
		if to, err = day(q, "end_date", zone); err != nil {
			return "", "", err
		}
	}
	switch {
	case from > to && !q.Has("end_date"):
		return "", "", fault.BadParam("start_date", "invalid start_date: it is after today")
	case from > to:
		return "", "", fault.BadParam("end_date", "invalid end_date: it is before start_date")
	case from.AddDays(maxDays) <= to:
		return "", "", errTooLong
	}
	return from, to, nil
}

var unixSeconds = regexp.MustCompile(`^[0-9]{10}$`)

// day reads a date, or the day on which a moment given in seconds since 1970
// fell in the person's zone.
func day(q url.Values, name string, zone *time.Location) (record.Date, error) {
	text := q.Get(name)
	if unixSeconds.MatchString(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			return record.DateOf(time.Unix(seconds, 0).In(zone)), nil
		}
	}
	d, err := record.ParseDate(text)
	if err != nil {
		return "", fault.BadParam(name, "invalid %s", name)
	}
	return d, nil
}

// boolean reads a parameter that is true or false; absent is false.
func boolean(q url.Values, name string) (bool, error) {
	switch q.Get(name) {
	case "", "false", "False":
		return false, nil
	case "true", "True":
		return true, nil
	}
	return false, fault.BadParam(name, "invalid %s: true or false", name)
}

// zoneOf is the person's zone; UTC where nobody said.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
