package fit

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/tormoder/fit"
)

// decoding guards the second library: its decoder keeps state in package
// variables (tormoder/fit v0.15.0, messages.go, accumulators).
var decoding sync.Mutex

// decode reads a file with the second library, which checks both sums. A file
// that goes on after its end is an error.
func decode(body []byte) (*fit.File, error) {
	decoding.Lock()
	defer decoding.Unlock()
	file, err := fit.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	const headerSize, sumSize = 14, 2
	if h := file.Header; h.Size != headerSize || len(body) != headerSize+int(h.DataSize)+sumSize {
		return nil, errors.New("decode: the file is not one header, its data and one sum")
	}
	return file, nil
}

// sameAs reads body and returns an error that names the first field that does
// not say what the messages say. The second library drops sport messages, so
// these are not compared; the session holds the same.
func sameAs(body []byte, want []message) error {
	file, err := decode(body)
	if err != nil {
		return err
	}
	got := readMessages(file)
	taken, k := map[typedef.MesgNum]int{}, known{}
	for _, m := range want {
		if m.number == typedef.MesgNumSport {
			continue
		}
		n := taken[m.number]
		taken[m.number]++
		if n >= len(got[m.number]) {
			return fmt.Errorf("%s %d: missing", m.number, n)
		}
		if err := k.compare(m, got[m.number][n]); err != nil {
			return fmt.Errorf("%s %d: %w", m.number, n, err)
		}
	}
	for number, list := range got {
		if len(list) != taken[number] {
			return fmt.Errorf("%s: %d messages, want %d", number, len(list), taken[number])
		}
	}
	return nil
}

// readMessages returns the second library's messages by their number, each as
// the struct that it is.
func readMessages(file *fit.File) map[typedef.MesgNum][]reflect.Value {
	all := map[typedef.MesgNum][]reflect.Value{typedef.MesgNumFileId: {reflect.ValueOf(file.FileId)}}
	if file.FileCreator != nil {
		add(all, typedef.MesgNumFileCreator, []*fit.FileCreatorMsg{file.FileCreator})
	}
	if a, err := file.Activity(); err == nil {
		add(all, typedef.MesgNumDeviceInfo, a.DeviceInfos)
		add(all, typedef.MesgNumEvent, a.Events)
		add(all, typedef.MesgNumRecord, a.Records)
		add(all, typedef.MesgNumLap, a.Laps)
		add(all, typedef.MesgNumSession, a.Sessions)
		if a.Activity != nil {
			add(all, typedef.MesgNumActivity, []*fit.ActivityMsg{a.Activity})
		}
	}
	if w, err := file.Weight(); err == nil {
		add(all, typedef.MesgNumDeviceInfo, w.DeviceInfos)
		add(all, typedef.MesgNumWeightScale, w.WeightScales)
	}
	if b, err := file.BloodPressure(); err == nil {
		add(all, typedef.MesgNumDeviceInfo, b.DeviceInfos)
		add(all, typedef.MesgNumBloodPressure, b.BloodPressures)
	}
	return all
}

func add[T any](all map[typedef.MesgNum][]reflect.Value, number typedef.MesgNum, messages []*T) {
	list := make([]reflect.Value, len(messages))
	for i, m := range messages {
		list[i] = reflect.ValueOf(m).Elem()
	}
	all[number] = list
}

// fieldKey is one field of one kind of message.
type fieldKey struct {
	message typedef.MesgNum
	field   byte
}

// known remembers where the second library's structs have a field, while one
// file with its many records is compared.
type known map[fieldKey]int

// compare returns an error that names the first field of m that got lacks or
// has otherwise.
func (k known) compare(m message, got reflect.Value) error {
	for _, f := range m.fields {
		i, ok := k[fieldKey{m.number, f.number}]
		if !ok {
			i = indexOf(m.number, f.number, got.Type())
			k[fieldKey{m.number, f.number}] = i
		}
		if i < 0 || !same(f, got.Field(i)) {
			return fmt.Errorf("%s: differs from what was meant", factory.CreateField(m.number, f.number).Name)
		}
	}
	return nil
}

// indexOf returns the place of a field in the second library's struct, or -1.
// Both libraries derive their names from Garmin's profile: total_timer_time is
// TotalTimerTime.
func indexOf(message typedef.MesgNum, number byte, t reflect.Type) int {
	f, ok := t.FieldByName(camel(factory.CreateField(message, number).Name))
	if !ok {
		return -1
	}
	return f.Index[0]
}

// same reports whether the second library's value v is what f says. It gives a
// local time as an instant in a zone of the right offset; the clock on its
// wall is what FIT stores.
func same(f field, v reflect.Value) bool {
	if v.CanUint() {
		return v.Uint() == f.n
	}
	if lat, ok := reflect.TypeAssert[fit.Latitude](v); ok {
		return uint64(uint32(lat.Semicircles())) == f.n
	}
	if long, ok := reflect.TypeAssert[fit.Longitude](v); ok {
		return uint64(uint32(long.Semicircles())) == f.n
	}
	if at, ok := reflect.TypeAssert[time.Time](v); ok {
		_, offset := at.Zone()
		return seconds(at.Add(time.Duration(offset)*time.Second)) == f.n
	}
	return v.Kind() == reflect.String && v.String() == f.text
}

func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
