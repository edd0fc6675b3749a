package fit

import (
	"bytes"
	"fmt"
	"time"

	"github.com/muktihari/fit/encoder"
	"github.com/muktihari/fit/profile/basetype"
	"github.com/muktihari/fit/profile/factory"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/profile/untyped/fieldnum"
	"github.com/muktihari/fit/proto"

	"nutrigate/mapping/record"
)

// What every file says of its maker. 255 is the manufacturer of software that
// Garmin has given no number yet.
const (
	productName     = "Nutrigate"
	product         = 0
	softwareVersion = 100 // 1.00; to be raised when the same record gives other bytes
)

// A message is one FIT message as it is meant. The library's own structs are
// not used: they leave out silently what they cannot write.
type message struct {
	number typedef.MesgNum
	fields []field
}

// A field is a number as FIT stores it, or a text.
type field struct {
	number byte
	n      uint64
	text   string
}

// head returns the messages that open every file. The file is told apart from
// others by its serial number: "the combination of file type, manufacturer id,
// product id, and serial number should be unique" (Garmin's FIT cookbook).
func head(kind typedef.File, who record.Subject, id string, at time.Time) []message {
	serial := max(1, uint64(hash(who.ID, "|", id))) // zero means none
	maker := uint64(typedef.ManufacturerDevelopment)
	return []message{
		{typedef.MesgNumFileId, []field{
			{number: fieldnum.FileIdType, n: uint64(kind)},
			{number: fieldnum.FileIdManufacturer, n: maker},
			{number: fieldnum.FileIdProduct, n: product},
			{number: fieldnum.FileIdSerialNumber, n: serial},
			{number: fieldnum.FileIdTimeCreated, n: seconds(at)},
		}},
		{typedef.MesgNumFileCreator, []field{
			{number: fieldnum.FileCreatorSoftwareVersion, n: softwareVersion},
		}},
		{typedef.MesgNumDeviceInfo, []field{
			{number: fieldnum.DeviceInfoTimestamp, n: seconds(at)},
			{number: fieldnum.DeviceInfoDeviceIndex, n: uint64(typedef.DeviceIndexCreator)},
			{number: fieldnum.DeviceInfoManufacturer, n: maker},
			{number: fieldnum.DeviceInfoProduct, n: product},
			{number: fieldnum.DeviceInfoSerialNumber, n: serial},
			{number: fieldnum.DeviceInfoSoftwareVersion, n: softwareVersion},
			{number: fieldnum.DeviceInfoProductName, text: productName},
		}},
	}
}

// write encodes the messages and reads the file back: what is returned says
// what was meant.
func write(messages []message) ([]byte, error) {
	body, err := encode(messages)
	if err != nil {
		return nil, err
	}
	if err := sameAs(body, messages); err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	return body, nil
}

// encode keeps the order of the messages: the library's own file types would
// sort the summaries before the timer's stop.
func encode(messages []message) ([]byte, error) {
	file := proto.FIT{Messages: make([]proto.Message, len(messages))}
	for i, m := range messages {
		file.Messages[i] = m.proto()
	}
	var body bytes.Buffer
	if err := encoder.New(&body).Encode(&file); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return body.Bytes(), nil
}

// proto returns the message in the encoder's form.
func (m message) proto() proto.Message {
	p := proto.Message{Num: m.number, Fields: make([]proto.Field, len(m.fields))}
	for i, f := range m.fields {
		p.Fields[i] = factory.CreateField(m.number, f.number)
		p.Fields[i].Value = f.value(p.Fields[i].BaseType)
	}
	return p
}

func (f field) value(base basetype.BaseType) proto.Value {
	switch {
	case base == basetype.String:
		return proto.String(f.text)
	case base == basetype.Sint32:
		return proto.Int32(int32(uint32(f.n)))
	case base.Size() == 1:
		return proto.Uint8(uint8(f.n))
	case base.Size() == 2:
		return proto.Uint16(uint16(f.n))
	}
	return proto.Uint32(uint32(f.n))
}
