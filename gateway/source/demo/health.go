package demo

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"nutrigate/mapping/record"
)

// HealthOptions say which export of the Health app is written.
type HealthOptions struct {
	Seed uint64
	// Days is how many calendar days it covers; at least 1.
	Days int
	// End is the last of them: the day on which the export was made.
	End record.Date
	// HeartRate is the time between two heart rates outside of workouts; 0 is
	// five minutes. Ten seconds over ten years are 10 GB.
	HeartRate time.Duration
}

// WriteHealth writes export.xml of a synthetic person as the Health app does:
// sorted by type and not by day. Memory does not grow with it.
func WriteHealth(to io.Writer, o HealthOptions) error {
	w, err := newHealthWriter(to, o)
	if err != nil {
		return err
	}
	w.text(healthHead)
	w.printf(" <ExportDate value=%q/>\n", stamp(w.at(o.End, 12*time.Hour)))
	w.text(` <Me HKCharacteristicTypeIdentifierDateOfBirth="" HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexNotSet"/>` + "\n")
	for _, section := range []func(healthDay){
		w.weights, w.heartRates, w.steps, w.food, w.pressures, w.sleep, w.correlations, w.together, w.workout, w.summary,
	} {
		w.eachDay(section)
	}
	w.text("</HealthData>\n")
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("synthetic export: %w", err)
	}
	return nil
}

// WriteHealthZIP writes export.zip with export.xml, the routes of the workouts
// and a file that no source reads.
func WriteHealthZIP(to io.Writer, o HealthOptions) error {
	z := zip.NewWriter(to)
	entry, err := z.Create("apple_health_export/export.xml")
	if err != nil {
		return fmt.Errorf("synthetic export: %w", err)
	}
	if err := WriteHealth(entry, o); err != nil {
		return err
	}
	w, err := newHealthWriter(io.Discard, o)
	if err != nil {
		return err
	}
	w.eachDay(func(d healthDay) {
		if err == nil && d.ran {
			err = w.route(z, d)
		}
	})
	if err == nil {
		_, err = z.Create("apple_health_export/electrocardiograms/ecg.csv")
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return fmt.Errorf("synthetic export: %w", err)
	}
	return nil
}

const healthHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 13 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary|ClinicalRecord)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!-- Note: Any Records that appear as children of a correlation also appear as top-level records in this document. -->
]>
<HealthData locale="en_GB">
`

// A healthDay is what decides about a day, the same in every section.
type healthDay struct {
	date record.Date
	ran  bool // a run of half an hour at seven in the morning
	draw *rand.Rand
}

type healthWriter struct {
	HealthOptions
	out  *bufio.Writer
	zone *time.Location
}

func newHealthWriter(to io.Writer, o HealthOptions) (*healthWriter, error) {
	if o.Days < 1 {
		return nil, fmt.Errorf("synthetic export: days is %d, want at least 1", o.Days)
	}
	if _, err := record.ParseDate(string(o.End)); err != nil {
		return nil, fmt.Errorf("synthetic export: end: %w", err)
	}
	if o.HeartRate <= 0 {
		o.HeartRate = 5 * time.Minute
	}
	zone, err := record.Location("Europe/Berlin")
	return &healthWriter{HealthOptions: o, out: bufio.NewWriterSize(to, 64<<10), zone: zone}, err
}

func (w *healthWriter) eachDay(write func(healthDay)) {
	p := person{seed: w.Seed, end: w.End}
	for n := 1 - w.Days; n <= 0; n++ {
		date := w.End.AddDays(n)
		draw := p.stream(dayNumber(date), streamMeasurement)
		write(healthDay{date: date, ran: draw.IntN(3) == 0, draw: draw})
	}
}

// at is a time of a day on the person's clock.
func (w *healthWriter) at(date record.Date, since time.Duration) time.Time {
	midnight, err := time.ParseInLocation(time.DateOnly, string(date), w.zone)
	if err != nil {
		return time.Time{}
	}
	return midnight.Add(since)
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05 -0700") }

// text and printf keep what the buffer fails with until it is flushed.
func (w *healthWriter) text(s string) { _, _ = w.out.WriteString(s) }

func (w *healthWriter) printf(format string, args ...any) { _, _ = fmt.Fprintf(w.out, format, args...) }
