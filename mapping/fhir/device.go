package fhir

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
)

// GatewayDevice is the id of the Device that stands for the gateway itself: the
// author of summaries, and the one that put resources together.
const GatewayDevice = "nutrigate"

// SystemDevice is that of the identifiers of the apps and devices that
// delivered values to the source.
const SystemDevice = "https://nutrigate.dev/fhir/NamingSystem/device"

type device struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherDevice
}

// gatewayReference refers to the Device of the gateway.
func gatewayReference() fhir.Reference {
	return fhir.Reference{Reference: text("Device/" + GatewayDevice), Display: text("Nutrigate")}
}

// EncodeGateway returns the Device of the gateway.
func EncodeGateway(version string) (mapping.Document, error) {
	status := fhir.FHIRDeviceStatusActive
	d := &fhir.OtherDevice{
		Id: text(GatewayDevice), Status: &status, Text: said(strings.TrimSpace("Nutrigate " + version)),
		DeviceName: []fhir.DeviceDeviceName{{Name: "Nutrigate", Type: fhir.DeviceNameTypeUserFriendlyName}},
		Type:       words("Software that turns what people log in their food diary into FHIR"),
	}
	if version != "" {
		d.Version = []fhir.DeviceVersion{{Value: version}}
	}
	return encodeDevice(d)
}

// A SourceDevice is an app or device of one person that delivered values to
// the source, as the source names it: "Garmin".
type SourceDevice struct {
	User, Name string
	// Updated is when the newest version of a record was stored that names it.
	Updated time.Time
}

// DeviceID returns the id of a person's device. It holds the person's id, so
// that the device is found by it, and nothing of the device's name, which
// people choose.
func DeviceID(user, name string) string {
	sum := uuid.NewSHA1(uuid.NameSpaceURL, []byte(SystemDevice+"|"+user+"|"+name))
	return user + "." + hex.EncodeToString(sum[:8])
}

// EncodeDevice returns the Device of an app or device that delivered values.
// Its name is all that is known of it.
func EncodeDevice(s SourceDevice) (mapping.Document, error) {
	id, system := DeviceID(s.User, s.Name), SystemDevice
	person := reference("Patient/" + s.User)
	return encodeDevice(&fhir.OtherDevice{
		Id: &id, Meta: metaOf(1, s.Updated), Text: said("App or device that delivered values to the food diary: " + s.Name),
		Identifier: []fhir.Identifier{{System: &system, Value: &id}},
		DeviceName: []fhir.DeviceDeviceName{{Name: s.Name, Type: fhir.DeviceNameTypeUserFriendlyName}},
		Patient:    &person,
	})
}

func encodeDevice(d *fhir.OtherDevice) (mapping.Document, error) {
	body, err := marshal(device{"Device", d})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("encode device: %w", err)
	}
	return mapping.Document{Type: "Device", ID: *d.Id, MediaType: MediaType, Body: body}, nil
}

// words is a concept that has no code.
func words(s string) *fhir.CodeableConcept {
	c := concept(s)
	return &c
}
