package main

import (
	"fmt"
	"time"

	"nutrigate/mapping/record"
)

// today returns the calendar day in an IANA zone, or in this computer's own
// zone where none is given.
func today(zone string) (record.Date, error) {
	if zone == "" {
		return record.DateOf(time.Now()), nil
	}
	if err := checkZone(zone); err != nil {
		return "", err
	}
	at, err := time.LoadLocation(zone)
	if err != nil {
		return "", err
	}
	return record.DateOf(time.Now().In(at)), nil
}

// checkZone returns an error unless zone is empty or an IANA zone. "Local" is
// none: it means another zone on each computer.
func checkZone(zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fmt.Errorf("--zone: unknown zone %q; want a name such as Europe/Berlin", zone)
	}
	return nil
}
