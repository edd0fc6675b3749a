package fit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
)

// jo is synthetic, like everybody in these tests.
var jo = record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11"}

const (
	day    = record.Date("2026-01-05")
	athens = "Europe/Athens"
)

func quantity(s string) *record.Quantity {
	var q record.Quantity
	if err := q.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return &q
}

// exercise is a record of 45 minutes at half past seven in Athens, changed by edits.
func exercise(slot string, edits ...func(*record.Record)) record.Record {
	r := record.Record{
		ID: record.NewID(jo.ID, record.KindExercise, day, slot), Slot: slot,
		Kind: record.KindExercise, Day: day, Time: "07:30", Zone: athens,
		Exercise: &record.Exercise{Name: "Running, 6 mph", Duration: quantity("45.0 min"), Energy: quantity("412 kcal")},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func measurement(metric, slot string, edits ...func(*record.Record)) record.Record {
	r := record.Record{
		ID: record.NewID(jo.ID, record.KindBiometric, day, metric+slot), Slot: slot,
		Kind: record.KindBiometric, Day: day, Time: "06:45", Zone: athens,
		Biometric: &record.Biometric{Metric: metric},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func measured(q string) func(*record.Record) {
	return func(r *record.Record) { r.Biometric.Quantity = quantity(q) }
}

func pressure(systolic, diastolic string) func(*record.Record) {
	return func(r *record.Record) {
		r.Biometric.BloodPressure = &record.BloodPressure{Systolic: *quantity(systolic), Diastolic: *quantity(diastolic)}
	}
}

func device(name string) func(*record.Record) {
	return func(r *record.Record) { r.Biometric.Device = name }
}

func at(clock record.Clock, zone string) func(*record.Record) {
	return func(r *record.Record) { r.Time, r.Zone = clock, zone }
}

func named(name string) func(*record.Record) {
	return func(r *record.Record) { r.Exercise.Name = name }
}

func lasting(d string) func(*record.Record) {
	return func(r *record.Record) { r.Exercise.Duration = quantity(d) }
}

func burning(e string) func(*record.Record) {
	return func(r *record.Record) { r.Exercise.Energy = quantity(e) }
}

func encode(t testing.TB, day ...record.Record) ([]mapping.Document, []mapping.Issue) {
	t.Helper()
	docs, is, err := mapping.Checked(fit.Format{}, jo, day)
	if err != nil {
		t.Fatal(err)
	}
	return docs, is
}

// one returns the only document that the records give.
func one(t testing.TB, day ...record.Record) (mapping.Document, []mapping.Issue) {
	t.Helper()
	docs, is := encode(t, day...)
	if len(docs) != 1 {
		t.Fatalf("got %d documents, want 1; issues %v", len(docs), is)
	}
	return docs[0], is
}

// messages reads a file's messages in their order, with the encoder's own library.
func messages(t testing.TB, body []byte) []proto.Message {
	t.Helper()
	file, err := decoder.New(bytes.NewReader(body)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages
}

// text writes a file as one line a field: "session,total_calories,412".
func text(t testing.TB, body []byte) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("message,field,value\n")
	for _, m := range messages(t, body) {
		for i := range m.Fields {
			fmt.Fprintf(&b, "%s,%s,%v\n", m.Num, m.Fields[i].Name, readable(m.Fields[i]))
		}
	}
	return b.String()
}

func readable(f proto.Field) any {
	v := f.Value.Any()
	if s, ok := v.(string); ok {
		return `"` + s + `"`
	}
	if n, ok := v.(uint32); ok && (strings.HasSuffix(f.Name, "timestamp") || strings.HasPrefix(f.Name, "start_time") || f.Name == "time_created") {
		return instant(n).Format("2006-01-02T15:04:05")
	}
	return v
}

func instant(n uint32) time.Time {
	return time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
}

// lines returns the lines of a file's text that begin with prefix.
func lines(t testing.TB, d mapping.Document, prefix string) []string {
	t.Helper()
	all := strings.Split(strings.TrimSpace(text(t, d.Body)), "\n")
	return slices.DeleteFunc(all, func(l string) bool { return !strings.HasPrefix(l, prefix) })
}

func has(t testing.TB, d mapping.Document, want ...string) {
	t.Helper()
	got := "\n" + text(t, d.Body)
	for _, w := range want {
		if !strings.Contains(got, "\n"+w+"\n") {
			t.Errorf("%s: no line %s in\n%s", d.Type, w, got)
		}
	}
}

func hasIssue(t testing.TB, is []mapping.Issue, sort mapping.Sort, path string) {
	t.Helper()
	if !slices.ContainsFunc(is, func(i mapping.Issue) bool { return i.Sort == sort && i.Path == path && i.Reason != "" }) {
		t.Errorf("no issue %s at %s in %v", sort, path, is)
	}
}

func TestActivityOrder(t *testing.T) {
	d, is := one(t, exercise("0"))
	if len(is) != 0 {
		t.Errorf("issues: %v", is)
	}
	t.Run("the messages stand in the order in which a device writes them", func(t *testing.T) {
		want := []typedef.MesgNum{
			typedef.MesgNumFileId, typedef.MesgNumFileCreator, typedef.MesgNumDeviceInfo, typedef.MesgNumSport, typedef.MesgNumEvent,
		}
		want = append(want, slices.Repeat([]typedef.MesgNum{typedef.MesgNumRecord}, 46)...)
		want = append(want, typedef.MesgNumEvent, typedef.MesgNumLap, typedef.MesgNumSession, typedef.MesgNumActivity)
		var got []typedef.MesgNum
		for _, m := range messages(t, d.Body) {
			got = append(got, m.Num)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("timestamps ascend", func(t *testing.T) {
		var last uint32
		for _, m := range messages(t, d.Body) {
			if f := m.FieldByNum(proto.FieldNumTimestamp); f != nil {
				if n := f.Value.Uint32(); n < last {
					t.Errorf("%s: %v comes after %v", m.Num, instant(n), instant(last))
				} else {
					last = n
				}
			}
		}
	})
	t.Run("the header is what every reader takes", func(t *testing.T) {
		if size, version := d.Body[0], d.Body[1]; size != 14 || version != 16 || string(d.Body[8:12]) != ".FIT" {
			t.Errorf("header % x", d.Body[:14])
		}
	})
	t.Run("three quarters of an hour take under a kilobyte", func(t *testing.T) {
		if n := len(d.Body); n > 800 {
			t.Errorf("%d bytes", n)
		}
	})
}

func TestActivityValues(t *testing.T) {
	d, _ := one(t, exercise("0"))
	has(
		t, d, "file_id,time_created,2026-01-05T05:30:00", "session,start_time,2026-01-05T05:30:00",
		"session,timestamp,2026-01-05T06:15:00", "session,total_elapsed_time,2700000", "session,total_timer_time,2700000",
		"session,total_calories,412", "lap,total_calories,412", "session,sport,1", "session,sub_sport,0",
		`session,sport_profile_name,"Running, 6 mph"`, `sport,name,"Running, 6 mph"`,
		"activity,type,0", "activity,local_timestamp,2026-01-05T08:15:00",
	)
	if d.Type != fit.TypeActivity || d.Day != day || !slices.Equal(d.Records, []string{d.ID}) {
		t.Errorf("got %s %s %v", d.Type, d.Day, d.Records)
	}
	if got, want := fit.FileName(d), "2026-01-05-activity-"+d.ID[:8]+".fit"; got != want {
		t.Errorf("file name %s, want %s", got, want)
	}
	records := lines(t, d, "record,calories")
	if first, last := records[0], records[len(records)-1]; first != "record,calories,0" || last != "record,calories,412" {
		t.Errorf("records go from %s to %s", first, last)
	}
}

func TestActivityEdges(t *testing.T) {
	greek := strings.Repeat("Ποδηλασία στο βουνό ", 10)
	for _, c := range []struct {
		name   string
		edit   func(*record.Record)
		want   []string
		sort   mapping.Sort
		path   string
		absent string // a prefix of lines that must not be there
	}{
		{
			"a time without a zone is taken as UTC and says no local time", at("07:30", ""),
			[]string{"session,start_time,2026-01-05T07:30:00"},
			mapping.Assumed, "exercise.zone", "activity,local_timestamp",
		},
		{
			"energy in kilojoules becomes kilocalories", burning("1000 kJ"),
			[]string{"session,total_calories,239"},
			mapping.Lost, "exercise.energy", "none",
		},
		{
			"half a kilocalorie is rounded to the even one", burning("412.50 kcal"),
			[]string{"session,total_calories,412"},
			mapping.Lost, "exercise.energy", "none",
		},
		{
			"too much energy is cut to what a field holds", burning("70000 kcal"),
			[]string{"session,total_calories,65534"},
			mapping.Lost, "exercise.energy", "none",
		},
		{
			"unknown energy is left out everywhere", func(r *record.Record) { r.Exercise.Energy = nil },
			[]string{"record,timestamp,2026-01-05T05:30:00"},
			"", "", "record,calories",
		},
		{
			"an energy of zero is a value", burning("0.00 kcal"),
			[]string{"session,total_calories,0"},
			"", "", "none",
		},
		{
			"a fraction of a minute is exact in milliseconds", lasting("0.505 min"),
			[]string{"session,total_elapsed_time,30300", "session,timestamp,2026-01-05T05:30:31"},
			"", "", "none",
		},
		{
			"less than a millisecond is rounded", lasting("1.00001 min"),
			[]string{"session,total_elapsed_time,60001"},
			mapping.Lost, "exercise.duration", "none",
		},
		{
			"a long Greek name is cut between two letters", named(greek),
			[]string{`sport,name,"` + greek[:254] + `"`},
			mapping.Lost, "exercise.name", "none",
		},
		{
			"zero bytes are taken out of a name", named("Run\x00ning"),
			[]string{`session,sport_profile_name,"Running"`, "session,sport,1"},
			mapping.Lost, "exercise.name", "none",
		},
		{
			"a name that nobody knows stays, with the generic sport", named("Underwater basket weaving"),
			[]string{`session,sport_profile_name,"Underwater basket weaving"`, "session,sport,0"},
			mapping.Unknown, "exercise.name", "none",
		},
		{
			"an empty name is left out", named(""),
			[]string{"session,sport,0"},
			mapping.Unknown, "exercise.name", "session,sport_profile_name",
		},
		{
			"the device has no place", func(r *record.Record) { r.Exercise.Device = "Google Fit" },
			[]string{"session,total_calories,412"},
			mapping.Lost, "exercise.device", "none",
		},
		{
			"a time that the zone skipped is assumed", func(r *record.Record) { r.Day, r.Time = "2026-03-29", "03:30" },
			[]string{"session,total_elapsed_time,2700000"},
			mapping.Assumed, "exercise.time", "none",
		},
		{
			"a time that the zone skipped at midnight stays on its day", func(r *record.Record) { r.Day, r.Time, r.Zone = "2026-04-24", "00:30", "Africa/Cairo" },
			[]string{"session,start_time,2026-04-23T22:30:00"},
			mapping.Assumed, "exercise.time", "none",
		},
		{
			"an exercise over midnight belongs to the day of its start", at("23:50", athens),
			[]string{"session,timestamp,2026-01-05T22:35:00", "activity,local_timestamp,2026-01-06T00:35:00"},
			"", "", "none",
		},
		{
			"a zone that changes its clocks at midnight while somebody runs", func(r *record.Record) { r.Day, r.Time, r.Zone = "2026-04-23", "23:30", "Africa/Cairo" },
			[]string{"session,start_time,2026-04-23T21:30:00", "activity,local_timestamp,2026-04-24T00:15:00"},
			"", "", "none",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, is := one(t, exercise("0", c.edit))
			has(t, d, c.want...)
			if c.path != "" {
				hasIssue(t, is, c.sort, c.path)
			} else if len(is) > 0 {
				t.Errorf("issues: %v", is)
			}
			if got := lines(t, d, c.absent); len(got) > 0 {
				t.Errorf("%s is there", got[0])
			}
		})
	}
}

func TestNoActivity(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*record.Record)
		path string
	}{
		{"without a duration", func(r *record.Record) { r.Exercise.Duration = nil }, "exercise.duration"},
		{"of no duration", lasting("0.0 min"), "exercise.duration"},
		{"of a negative duration", lasting("-5 min"), "exercise.duration"},
		{"of fifty days", lasting("72000 min"), "exercise.duration"},
		{"in kilograms", lasting("5 kg"), "exercise.duration"},
		{"before 1989-12-31", func(r *record.Record) { r.Day = "1985-06-01" }, "exercise.time"},
		{"in the years whose numbers mean a device's own clock", func(r *record.Record) { r.Day = "1998-07-03" }, "exercise.time"},
		{"after the last date", func(r *record.Record) { r.Day = "2126-01-01" }, "exercise.time"},
		{"in the year 2500", func(r *record.Record) { r.Day = "2500-01-01" }, "exercise.time"},
		{"that ends after the last date", func(r *record.Record) { r.Day, r.Time, r.Zone = "2125-12-31", "23:30", "UTC" }, "exercise.duration"},
		{"on a day that the zone left out", func(r *record.Record) { r.Day, r.Zone = "2011-12-30", "Pacific/Apia" }, "exercise.time"},
		{"on no day", func(r *record.Record) { r.Day = "2026-02-30" }, "exercise.time"},
	} {
		t.Run("no file for an exercise "+c.name, func(t *testing.T) {
			docs, is := encode(t, exercise("0", c.edit))
			if len(docs) != 0 {
				t.Errorf("a file was made:\n%s", text(t, docs[0].Body))
			}
			hasIssue(t, is, mapping.Lost, c.path)
		})
	}
}

func TestAssumedStart(t *testing.T) {
	started := func(t *testing.T, d mapping.Document) string { return lines(t, d, "session,start_time")[0] }
	alone, is := one(t, exercise("0", at("", athens)))
	hasIssue(t, is, mapping.Assumed, "exercise.time")
	t.Run("lies in the hour after the person's noon", func(t *testing.T) {
		if got := started(t, alone); got < "session,start_time,2026-01-05T10:00:00" || got >= "session,start_time,2026-01-05T11:00:00" {
			t.Errorf("got %s", got)
		}
		has(t, alone, "activity,type,0")
	})
	t.Run("stays when other records come", func(t *testing.T) {
		docs, _ := encode(t, exercise("1", at("", athens)), exercise("0", at("", athens)), exercise("2", at("", athens)))
		i := slices.IndexFunc(docs, func(d mapping.Document) bool { return d.ID == alone.ID })
		if !bytes.Equal(docs[i].Body, alone.Body) {
			t.Error("the bytes changed")
		}
		if started(t, docs[0]) == started(t, docs[1]) || started(t, docs[1]) == started(t, docs[2]) {
			t.Error("two exercises start together")
		}
	})
	t.Run("is after noon in UTC where no zone is known", func(t *testing.T) {
		d, is := one(t, exercise("0", at("", "")))
		if got := started(t, d); got < "session,start_time,2026-01-05T12:00:00" || got >= "session,start_time,2026-01-05T13:00:00" {
			t.Errorf("got %s", got)
		}
		hasIssue(t, is, mapping.Assumed, "exercise.zone")
	})
}

func TestSpacing(t *testing.T) {
	for _, c := range []struct {
		ask     string
		minutes string
		want    int
	}{
		{"", "45.0 min", 46},
		{"", "0.5 min", 2},
		{"", "0.01 min", 2},
		{"", "1.5 min", 3},
		{"1s", "45.0 min", 2701},
		{"5m", "45.0 min", 10},
		{"2", "150 min", 2},
		{"1s", "60000 min", 97299}, // 37 seconds apart, for the file's sake
	} {
		t.Run(fmt.Sprintf("%q gives %d records in %s", c.ask, c.want, c.minutes), func(t *testing.T) {
			spacing, err := fit.ParseSpacing(c.ask)
			if err != nil {
				t.Fatal(err)
			}
			docs, _, err := mapping.Checked(fit.Format{Records: spacing}, jo, []record.Record{exercise("0", lasting(c.minutes))})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, m := range messages(t, docs[0].Body) {
				if m.Num == typedef.MesgNumRecord {
					n++
				}
			}
			if n != c.want {
				t.Errorf("got %d", n)
			}
		})
	}
	for _, wrong := range []string{"1", "0s", "-1s", "1.5s", "soon", "500ms"} {
		if _, err := fit.ParseSpacing(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestSameBytes(t *testing.T) {
	first, _ := encode(t, wholeDay()...)
	for range 100 {
		again, _ := encode(t, wholeDay()...)
		for i := range first {
			if !bytes.Equal(first[i].Body, again[i].Body) {
				t.Fatalf("document %d differs", i)
			}
		}
	}
	t.Run("another person's file has another serial number", func(t *testing.T) {
		docs, _, err := fit.Format{}.Encode(record.Subject{ID: "somebody else"}, wholeDay())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(docs[0].Body, first[0].Body) {
			t.Error("the bytes are the same")
		}
	})
}

// wholeDay has one of everything that becomes a file.
func wholeDay() []record.Record {
	return []record.Record{
		exercise("0"),
		exercise("1", named("Ποδηλασία στο βουνό"), at("", athens), lasting("30.0 min")),
		measurement("weight", "0", measured("74.35 kg")),
		measurement("body_fat", "0", measured("18.25 %")),
		measurement("bmi", "0", measured("23.5 kg/m2")),
		measurement("blood_pressure", "0", pressure("118 mm[Hg]", "76 mm[Hg]")),
		measurement("heart_rate", "0", measured("61 /min")),
	}
}
