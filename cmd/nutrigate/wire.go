package main

import (
	"nutrigate/gateway/convert"
)

// A target is what convert can be asked for.
type target struct {
	name string
	to   func() convert.Target
}

// targets lists the formats of convert --to.
func targets() []target {
	return []target{
		{"terra", convert.Terra},
		{"fhir", convert.FHIR},
		{"fit", convert.FIT},
		{"record", convert.Records},
	}
}
