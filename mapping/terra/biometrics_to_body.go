package terra

// body makes the day's body document: a sample for each measurement, at its
// time. Averages over the day are left to the reader.
func (e *encoder) body() error {
	e.reportBiometrics()
	var o object
	used, err := e.measured(&o, "body")
	if err != nil || len(used) == 0 {
		return err
	}
	day := used[0].Day
	metadata, err := newDayMetadata(day, zone(used))
	if err != nil {
		return err
	}
	o.put("metadata", metadata)
	if d := e.device(used); d != nil {
		o.put("device_data", d)
	}
	return e.add("body", "", day, o, idsOf(used))
}
