package terra

import "nutrigate/mapping/record"

type sleepMetadata struct {
	Start        string `json:"start_time"`
	End          string `json:"end_time"`
	Localization int    `json:"timestamp_localization"`
	SummaryID    string `json:"summary_id"`
	UploadType   int    `json:"upload_type"`
}

// sleeps makes one sleep of each measurement of how long the person slept.
//
// The source gives neither start nor end and Terra requires both, so a sleep
// spans its day from midnight to midnight; the duration says how long it was.
func (e *encoder) sleeps() error {
	for _, r := range e.of(record.KindBiometric) {
		places := placesIn("sleep", r.Biometric)
		if len(places) == 0 {
			continue
		}
		if err := e.sleep(r, places); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) sleep(r *record.Record, places []place) error {
	start, end, err := bounds(r.Day, r.Zone)
	if err != nil {
		return err
	}
	var o object
	if !e.measure(&o, start, r.Biometric, places) {
		return nil
	}
	e.issues.assumed("biometric.sleep", "the source gives a duration only; the sleep spans its day from midnight to midnight")
	if r.Time != "" {
		e.issues.lost("biometric.sleep.time", "the logged time is neither the start nor the end of the sleep")
	}
	o.put("metadata", sleepMetadata{
		Start: start.String(), End: end.String(), Localization: localTime,
		SummaryID: r.ID, UploadType: sleepUploadType(r.Biometric.Device),
	})
	if d := newDevice(r.Biometric.Device); d != nil {
		o.put("device_data", d)
	}
	return e.add("sleep", r.ID, r.Day, o, []string{r.ID})
}

// sleepUploadType is Terra's SleepUploadType, which numbers the two the other
// way round than UploadType does.
func sleepUploadType(device string) int {
	if device == "" {
		return 1 // manual
	}
	return 2 // automatic
}
