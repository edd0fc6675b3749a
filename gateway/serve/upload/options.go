package upload

import (
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Options are the zone of a diary, the user's own if none is given, and the date
// on which it was exported: today there, if none is given.
func Options(u store.User, zone, asOf string, now time.Time) (ingest.Options, error) {
	o := ingest.Options{Zone: u.Zone}
	if zone != "" {
		o.Zone = zone
	}
	at, err := time.LoadLocation(o.Zone) // an empty name is UTC
	if err != nil || o.Zone == "Local" {
		return o, fault.BadParam("zone", "invalid zone: an IANA name such as Europe/Berlin")
	}
	o.AsOf = record.DateOf(now.In(at))
	if asOf != "" {
		if o.AsOf, err = record.ParseDate(asOf); err != nil {
			return o, fault.BadParam("as_of", "invalid as_of: YYYY-MM-DD")
		}
	}
	return o, nil
}
