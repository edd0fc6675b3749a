package demo

import (
	"archive/zip"
	"fmt"
	"io"
	"time"
)

const (
	healthWatch = ` sourceName="Watch" sourceVersion="11.0" device="&lt;&lt;HKDevice: 0x2821a30f0&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch6,1, software:11.0&gt;"`
	healthScale = ` sourceName="Scale" sourceVersion="5.2"`
	healthDiary = ` sourceName="Diary" sourceVersion="3.1"`
)

// sample writes one Record, closed.
func (w *healthWriter) sample(indent, typ, source, unit string, from, to time.Time, value string) {
	start, end := stamp(from), stamp(to)
	w.text(indent + `<Record type="HK` + typ + `"` + source)
	if unit != "" {
		w.text(` unit="` + unit + `"`)
	}
	w.text(` creationDate="` + end + `" startDate="` + start + `" endDate="` + end + `" value="` + value + "\"/>\n")
}

func (w *healthWriter) weights(d healthDay) {
	at := w.at(d.date, 6*time.Hour+30*time.Minute)
	w.sample(" ", "QuantityTypeIdentifierBodyMass", healthScale, "kg", at, at, fmt.Sprintf("%.2f", 70+float64(d.draw.IntN(300))/100))
	w.sample(" ", "QuantityTypeIdentifierBodyFatPercentage", healthScale, "%", at, at, fmt.Sprintf("%.3f", 0.2+float64(d.draw.IntN(30))/1000))
	w.sample(" ", "QuantityTypeIdentifierRestingHeartRate", healthWatch, "count/min", w.at(d.date, 0), w.at(d.date, 23*time.Hour), fmt.Sprint(50+d.draw.IntN(10)))
	w.sample(" ", "QuantityTypeIdentifierHeartRateVariabilitySDNN", healthWatch, "ms", at, at.Add(time.Minute), fmt.Sprintf("%.4f", 40+d.draw.Float64()*30))
}

const (
	runStart  = 7 * time.Hour
	runLength = 30 * time.Minute
)

// heartRates are one each while, and one every five seconds during a run.
func (w *healthWriter) heartRates(d healthDay) {
	for since := time.Duration(0); since < 24*time.Hour; since += w.HeartRate {
		if d.ran && since >= runStart && since <= runStart+runLength {
			continue
		}
		at := w.at(d.date, since)
		w.sample(" ", "QuantityTypeIdentifierHeartRate", healthWatch, "count/min", at, at, fmt.Sprint(55+d.draw.IntN(40)))
	}
	if !d.ran {
		return
	}
	for since := time.Duration(0); since <= runLength; since += 5 * time.Second {
		at := w.at(d.date, runStart+since)
		w.sample(" ", "QuantityTypeIdentifierHeartRate", healthWatch, "count/min", at, at, fmt.Sprint(120+d.draw.IntN(50)))
	}
}

func (w *healthWriter) steps(d healthDay) {
	for hour := range 24 {
		at := w.at(d.date, time.Duration(hour)*time.Hour)
		w.sample(" ", "QuantityTypeIdentifierStepCount", healthWatch, "count", at, at.Add(10*time.Minute), fmt.Sprint(d.draw.IntN(900)))
	}
}

// dish is one food of a day, the same by itself and in its correlation.
func (w *healthWriter) dish(indent string, d healthDay, at time.Time, energy int) {
	w.sample(indent, "QuantityTypeIdentifierDietaryEnergyConsumed", healthDiary, "kcal", at, at, fmt.Sprintf("%d.50", energy))
	w.sample(indent, "QuantityTypeIdentifierDietaryProtein", healthDiary, "g", at, at, fmt.Sprintf("%d.25", energy/20))
	w.sample(indent, "QuantityTypeIdentifierDietaryVitaminC", healthDiary, "mg", at, at, fmt.Sprintf("%d", len(d.date)+energy/100))
}

// dishes calls write for each food of a day.
func (w *healthWriter) dishes(d healthDay, write func(at time.Time, energy int)) {
	for _, hour := range []int{8, 13, 19} {
		write(w.at(d.date, time.Duration(hour)*time.Hour), 300+d.draw.IntN(500))
	}
}

func (w *healthWriter) food(d healthDay) {
	w.dishes(d, func(at time.Time, energy int) { w.dish(" ", d, at, energy) })
	at := w.at(d.date, 15*time.Hour)
	w.sample(" ", "QuantityTypeIdentifierDietaryWater", healthDiary, "mL", at, at, "250")
}

// pressures are the two numbers of a blood pressure by themselves.
func (w *healthWriter) pressures(d healthDay) { w.cuff(" ", d) }

func (w *healthWriter) cuff(indent string, d healthDay) {
	at := w.at(d.date, 21*time.Hour)
	w.sample(indent, "QuantityTypeIdentifierBloodPressureSystolic", healthScale, "mmHg", at, at, fmt.Sprint(110+d.draw.IntN(20)))
	w.sample(indent, "QuantityTypeIdentifierBloodPressureDiastolic", healthScale, "mmHg", at, at, fmt.Sprint(70+d.draw.IntN(15)))
}

// together is the same again as one blood pressure.
func (w *healthWriter) together(d healthDay) {
	at := stamp(w.at(d.date, 21*time.Hour))
	w.printf(" <Correlation type=\"HKCorrelationTypeIdentifierBloodPressure\"%s startDate=%q endDate=%q>\n", healthScale, at, at)
	w.cuff("  ", d)
	w.text(" </Correlation>\n")
}

// sleep is the night to the day, stage by stage.
func (w *healthWriter) sleep(d healthDay) {
	stages := []string{"AsleepCore", "AsleepDeep", "AsleepREM", "Awake"}
	at := w.at(d.date, -time.Hour)
	for i := range 16 {
		end := at.Add(time.Duration(10+d.draw.IntN(30)) * time.Minute)
		w.sample(" ", "CategoryTypeIdentifierSleepAnalysis", healthWatch, "", at, end, "HKCategoryValueSleepAnalysis"+stages[i%len(stages)])
		at = end
	}
}

func (w *healthWriter) correlations(d healthDay) {
	w.dishes(d, func(at time.Time, energy int) {
		w.printf(" <Correlation type=\"HKCorrelationTypeIdentifierFood\"%s startDate=%q endDate=%q>\n", healthDiary, stamp(at), stamp(at))
		w.text("  <MetadataEntry key=\"HKFoodType\" value=\"Porridge\"/>\n")
		w.dish("  ", d, at, energy)
		w.text(" </Correlation>\n")
	})
}

func (w *healthWriter) workout(d healthDay) {
	if !d.ran {
		return
	}
	from, to := w.at(d.date, runStart), w.at(d.date, runStart+runLength)
	start, end := stamp(from), stamp(to)
	w.printf(" <Workout workoutActivityType=\"HKWorkoutActivityTypeRunning\" duration=\"30\" durationUnit=\"min\"%s creationDate=%q startDate=%q endDate=%q>\n", healthWatch, end, start, end)
	w.text("  <MetadataEntry key=\"HKIndoorWorkout\" value=\"0\"/>\n")
	w.printf("  <WorkoutEvent type=\"HKWorkoutEventTypeLap\" date=%q duration=\"15\" durationUnit=\"min\"/>\n", start)
	w.printf("  <WorkoutStatistics type=\"HKQuantityTypeIdentifierActiveEnergyBurned\" startDate=%q endDate=%q sum=\"%d\" unit=\"kcal\"/>\n", start, end, 250+d.draw.IntN(100))
	w.printf("  <WorkoutStatistics type=\"HKQuantityTypeIdentifierDistanceWalkingRunning\" startDate=%q endDate=%q sum=\"5.25\" unit=\"km\"/>\n", start, end)
	w.printf("  <WorkoutRoute%s startDate=%q endDate=%q>\n   <FileReference path=\"/workout-routes/%s\"/>\n  </WorkoutRoute>\n </Workout>\n", healthWatch, start, end, routeName(d))
}

func (w *healthWriter) summary(d healthDay) {
	w.printf(" <ActivitySummary dateComponents=%q activeEnergyBurned=\"512\" activeEnergyBurnedGoal=\"500\" activeEnergyBurnedUnit=\"kcal\"/>\n", string(d.date))
}

func routeName(d healthDay) string { return "route_" + string(d.date) + "_7.30am.gpx" }

// route writes the places of a run, one each five seconds.
func (w *healthWriter) route(z *zip.Writer, d healthDay) error {
	entry, err := z.Create("apple_health_export/workout-routes/" + routeName(d))
	if err != nil {
		return err
	}
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"Apple Health Export\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n<trk><trkseg>\n"
	if _, err := io.WriteString(entry, head); err != nil {
		return err
	}
	for since := time.Duration(0); since <= runLength; since += 5 * time.Second {
		at := w.at(d.date, runStart+since).UTC().Format(time.RFC3339)
		way := float64(since/time.Second) / 100_000
		if _, err := fmt.Fprintf(entry, "<trkpt lon=\"%.6f\" lat=\"%.6f\"><ele>%.6f</ele><time>%s</time><extensions><speed>%.6f</speed></extensions></trkpt>\n",
			13.4+way, 52.5+way, 34+way*10, at, 2.9); err != nil {
			return err
		}
	}
	_, err = io.WriteString(entry, "</trkseg></trk></gpx>\n")
	return err
}
