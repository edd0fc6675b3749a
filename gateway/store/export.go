package store

import (
	"encoding/json"
	"time"
)

// What an export can be.
const (
	ExportWaiting = "waiting" // to be worked on, or being so
	ExportDone    = "done"
	ExportFailed  = "failed"
)

// PersonErased is the class of an export that failed because it held a person
// of whom nothing may be kept any more.
const PersonErased = "person_erased"

// An Export is a job that writes what a tenant has into files.
type Export struct {
	Tenant, ID string
	// Client is who asked for it; it is nobody else's.
	Client string
	// Request is the address that was asked for, as its answer repeats it.
	Request string
	// Ask is what was asked for, and Place how far it has come, both in JSON and
	// in the words of package export.
	Ask, Place json.RawMessage
	// AsOf is the moment of whose data it is: what was stored up to then, and
	// nothing later.
	AsOf  time.Time
	State string
	// Class is why it failed; empty where it did not.
	Class   string
	Created time.Time
	// Expires is when it is deleted, with its files.
	Expires time.Time
	// Holder works for it, until Until; empty: nobody does.
	Holder string
	Until  time.Time
}
