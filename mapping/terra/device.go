package terra

import "nutrigate/mapping/record"

// device is Terra's DeviceData; the source knows a device's name only.
type device struct {
	Name string `json:"name"`
}

func newDevice(name string) *device {
	if name == "" {
		return nil
	}
	return &device{name}
}

// deviceOf is the app or device that a record came from; empty where it was
// entered by hand.
func deviceOf(r *record.Record) string {
	switch {
	case r.Biometric != nil:
		return r.Biometric.Device
	case r.Exercise != nil:
		return r.Exercise.Device
	case r.Sleep != nil:
		return r.Sleep.Device
	}
	return ""
}

// device is the one device that all the records came from, or nil: a document
// of a day names one, and none is right where there were several.
func (e *encoder) device(records []*record.Record) *device {
	first := deviceOf(records[0])
	for _, r := range records {
		if deviceOf(r) != first {
			e.issues.lost("device", "the day's values come from several devices or partly by hand; Terra names one device for all")
			return nil
		}
	}
	return newDevice(first)
}

// allAutomatic reports whether no record was entered by hand: Terra calls a day
// manual as soon as one value is.
func allAutomatic(records []*record.Record) bool {
	for _, r := range records {
		if deviceOf(r) == "" {
			return false
		}
	}
	return true
}

// Terra's UploadType, which activity and daily share.
const (
	uploadAutomatic = 1
	uploadManual    = 2
)

func uploadType(automatic bool) int {
	if automatic {
		return uploadAutomatic
	}
	return uploadManual
}
