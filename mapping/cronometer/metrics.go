package cronometer

import (
	_ "embed"
	"strings"
	"sync"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

//go:embed metrics.csv
var metricsCSV []byte

//go:embed devices.csv
var devicesCSV []byte

// metricKeys has the key of each metric by its name in small letters: the
// vocabulary's names and the other spellings of the table.
var metricKeys = sync.OnceValue(func() map[string]string {
	keys := map[string]string{}
	for _, b := range vocab.Biometrics() {
		keys[strings.ToLower(b.Name)] = b.Key
	}
	for _, c := range mustRead("metrics.csv", metricsCSV, "name,key,source") {
		keys[strings.ToLower(c[0])] = c[1]
	}
	return keys
})

var devices = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, c := range mustRead("devices.csv", devicesCSV, "device,source") {
		names[c[0]] = true
	}
	return names
})

// metricKey returns the vocabulary's key of a metric, or its name as an
// unknown one.
func metricKey(name string) (key string, known bool) {
	if key, known := metricKeys()[strings.ToLower(name)]; known {
		return key, true
	}
	return record.Unknown(name), false
}

// cutDevice takes the device off a name. Only a known device is one: names
// have parentheses of their own, as in "Heart Rate Variability (HRV) (Garmin)".
func cutDevice(text string) (name, device string) {
	text = strings.TrimSpace(text)
	name, device, ok := cutParenthesis(text)
	if !ok || !devices()[device] {
		return text, ""
	}
	return name, device
}
