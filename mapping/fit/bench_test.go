package fit_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/muktihari/fit/encoder"
	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
)

// BenchmarkEncode makes one file of 46 records, read back and compared. Its
// measure is BenchmarkBareLibrary in the same run.
func BenchmarkEncode(b *testing.B) {
	day := []record.Record{exercise("0")}
	for b.Loop() {
		if _, _, err := (fit.Format{}).Encode(jo, day); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	d, _ := one(b, exercise("0"))
	for b.Loop() {
		if err := (fit.Format{}).Check(d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareLibrary makes the same file with nothing but the library that
// encodes.
func BenchmarkBareLibrary(b *testing.B) {
	for b.Loop() {
		if n := len(bare(b)); n == 0 {
			b.Fatal("no bytes")
		}
	}
}

func TestBareLibraryMakesTheSameFile(t *testing.T) {
	d, _ := one(t, exercise("0"))
	if got, want := len(bare(t)), len(d.Body); got != want {
		t.Errorf("the benchmark's file has %d bytes, ours %d: it measures something else", got, want)
	}
}

func bare(t testing.TB) []byte {
	start := time.Date(2026, 1, 5, 5, 30, 0, 0, time.UTC)
	end := start.Add(45 * time.Minute)
	const ms, name = 45 * 60 * 1000, "Running, 6 mph"
	messages := []proto.Message{
		mesgdef.NewFileId(nil).SetType(typedef.FileActivity).SetManufacturer(typedef.ManufacturerDevelopment).
			SetProduct(0).SetSerialNumber(1).SetTimeCreated(start).ToMesg(nil),
		mesgdef.NewFileCreator(nil).SetSoftwareVersion(100).ToMesg(nil),
		mesgdef.NewDeviceInfo(nil).SetTimestamp(start).SetDeviceIndex(typedef.DeviceIndexCreator).
			SetManufacturer(typedef.ManufacturerDevelopment).SetProduct(0).SetSerialNumber(1).SetSoftwareVersion(100).
			SetProductName("Nutrigate").ToMesg(nil),
		mesgdef.NewSport(nil).SetSport(typedef.SportRunning).SetSubSport(typedef.SubSportGeneric).SetName(name).ToMesg(nil),
		mesgdef.NewEvent(nil).SetTimestamp(start).SetEvent(typedef.EventTimer).SetEventType(typedef.EventTypeStart).ToMesg(nil),
	}
	for i := range 46 {
		messages = append(messages, mesgdef.NewRecord(nil).SetTimestamp(start.Add(time.Duration(i)*time.Minute)).
			SetCalories(uint16(412*i/45)).ToMesg(nil))
	}
	messages = append(messages,
		mesgdef.NewEvent(nil).SetTimestamp(end).SetEvent(typedef.EventTimer).SetEventType(typedef.EventTypeStopAll).ToMesg(nil),
		mesgdef.NewLap(nil).SetMessageIndex(0).SetTimestamp(end).SetStartTime(start).SetTotalElapsedTime(ms).SetTotalTimerTime(ms).
			SetTotalCalories(412).SetEvent(typedef.EventLap).SetEventType(typedef.EventTypeStop).
			SetLapTrigger(typedef.LapTriggerSessionEnd).SetSport(typedef.SportRunning).SetSubSport(typedef.SubSportGeneric).ToMesg(nil),
		mesgdef.NewSession(nil).SetMessageIndex(0).SetTimestamp(end).SetStartTime(start).SetTotalElapsedTime(ms).SetTotalTimerTime(ms).
			SetTotalCalories(412).SetEvent(typedef.EventSession).SetEventType(typedef.EventTypeStop).
			SetTrigger(typedef.SessionTriggerActivityEnd).SetFirstLapIndex(0).SetNumLaps(1).SetSport(typedef.SportRunning).
			SetSubSport(typedef.SubSportGeneric).SetSportProfileName(name).ToMesg(nil),
		mesgdef.NewActivity(nil).SetTimestamp(end).SetTotalTimerTime(ms).SetNumSessions(1).SetType(typedef.ActivityManual).
			SetEvent(typedef.EventActivity).SetEventType(typedef.EventTypeStop).SetLocalTimestamp(end.Add(2*time.Hour)).ToMesg(nil),
	)
	var body bytes.Buffer
	if err := encoder.New(&body).Encode(&proto.FIT{Messages: messages}); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}
