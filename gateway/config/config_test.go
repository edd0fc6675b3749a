package config_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/config"
)

var everything = config.FHIR{Nutrients: "all", Category: "survey", SNOMED: true}

func TestFromEnviron(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		want    config.Config
		err     string // part of the error; empty: none
	}{
		{name: "has defaults", want: config.Config{
			Addr: "127.0.0.1:8080", Data: "./data", Healthcheck: time.Hour, KeepExports: 24 * time.Hour, Origins: []string{"*"}, AuditKeep: 365 * 24 * time.Hour,
			FHIR: everything, Cronometer: config.Cronometer{URL: "https://cronometer.com", Days: 3},
		}},
		{
			name: "takes every setting",
			environ: []string{
				"PATH=/bin", "NUTRIGATE_ADDR=:9000", "NUTRIGATE_DATA=/var/lib/n", "NUTRIGATE_BASE_URL=https://n.example/",
				"NUTRIGATE_ADMIN_KEY=0123456789abcdef", "NUTRIGATE_WEBHOOK_ALLOW=127.0.0.0/8, ::1,", "NUTRIGATE_KEY_FILE=/etc/n.key",
				"NUTRIGATE_INBOX=/srv/inbox", "NUTRIGATE_CRONOMETER_URL=http://127.0.0.1:8090/", "NUTRIGATE_CRONOMETER_CLIENT_ID=us",
				"NUTRIGATE_CRONOMETER_CLIENT_SECRET=hush", "NUTRIGATE_CRONOMETER_NOTICE_SECRET=0123456789abcdef",
				"NUTRIGATE_CRONOMETER_HASHES=7B121DC5483BF272B1BC1916DA9FA963:2D6A926E3729946302DC68073CB0D550", "NUTRIGATE_CRONOMETER_KEEP_PASSWORDS=yes",
				"NUTRIGATE_CRONOMETER_DAYS=7",
				"NUTRIGATE_HEALTHCHECK=90m", "NUTRIGATE_EXPORT_KEEP=2h", "NUTRIGATE_ORIGINS=https://a.example, http://localhost:3000,", "NUTRIGATE_AUDIT_KEEP=48h",
				"NUTRIGATE_FHIR_NUTRIENTS=core", "NUTRIGATE_FHIR_CATEGORY=nutrition-assessment", "NUTRIGATE_FHIR_SNOMED=off", "NUTRIGATE_FHIR_INTAKE=true",
			},
			want: config.Config{
				Addr: ":9000", Data: "/var/lib/n", BaseURL: "https://n.example", AdminKey: "0123456789abcdef", KeyFile: "/etc/n.key",
				Inbox: "/srv/inbox",
				Cronometer: config.Cronometer{
					URL: "http://127.0.0.1:8090", ClientID: "us", ClientSecret: "hush", NoticeSecret: "0123456789abcdef", KeepPasswords: true,
					Permutation: "7B121DC5483BF272B1BC1916DA9FA963", Policy: "2D6A926E3729946302DC68073CB0D550", Days: 7,
				},
				Healthcheck:  90 * time.Minute,
				KeepExports:  2 * time.Hour,
				Origins:      []string{"https://a.example", "http://localhost:3000"},
				AuditKeep:    48 * time.Hour,
				WebhookAllow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
				FHIR:         config.FHIR{Nutrients: "core", Category: "nutrition-assessment", Intake: true},
			},
		},
		{name: "names a misspelt key", environ: []string{"NUTRIGATE_ADRR=:9000"}, err: "NUTRIGATE_ADRR: no such setting"},
		{name: "names an address without a port", environ: []string{"NUTRIGATE_ADDR=localhost"}, err: "NUTRIGATE_ADDR: "},
		{name: "refuses an empty data folder", environ: []string{"NUTRIGATE_DATA="}, err: "NUTRIGATE_DATA: required"},
		{name: "refuses a base that is no address", environ: []string{"NUTRIGATE_BASE_URL=n.example"}, err: "NUTRIGATE_BASE_URL: "},
		{name: "refuses a short operator key", environ: []string{"NUTRIGATE_ADMIN_KEY=admin"}, err: "NUTRIGATE_ADMIN_KEY: at least 16 characters"},
		{name: "refuses to keep exports for no time", environ: []string{"NUTRIGATE_EXPORT_KEEP=0"}, err: "NUTRIGATE_EXPORT_KEEP: "},
		{name: "refuses healthchecks that are no time", environ: []string{"NUTRIGATE_HEALTHCHECK=hourly"}, err: "NUTRIGATE_HEALTHCHECK: "},
		{name: "refuses a healthcheck each second", environ: []string{"NUTRIGATE_HEALTHCHECK=1s"}, err: "NUTRIGATE_HEALTHCHECK: "},
		{name: "refuses an address of Cronometer that is none", environ: []string{"NUTRIGATE_CRONOMETER_URL=cronometer.com"}, err: "NUTRIGATE_CRONOMETER_URL: "},
		{name: "refuses half a partner", environ: []string{"NUTRIGATE_CRONOMETER_CLIENT_ID=us"}, err: "NUTRIGATE_CRONOMETER_CLIENT_SECRET: both or none"},
		{name: "refuses hashes that are none", environ: []string{"NUTRIGATE_CRONOMETER_HASHES=a:b"}, err: "NUTRIGATE_CRONOMETER_HASHES: "},
		{name: "refuses a short secret of notices", environ: []string{"NUTRIGATE_CRONOMETER_NOTICE_SECRET=x"}, err: "NUTRIGATE_CRONOMETER_NOTICE_SECRET: "},
		{name: "refuses to fetch no day again", environ: []string{"NUTRIGATE_CRONOMETER_DAYS=0"}, err: "NUTRIGATE_CRONOMETER_DAYS: "},
		{name: "refuses to fetch a year again", environ: []string{"NUTRIGATE_CRONOMETER_DAYS=365"}, err: "NUTRIGATE_CRONOMETER_DAYS: "},
		{name: "refuses days that are no number", environ: []string{"NUTRIGATE_CRONOMETER_DAYS=week"}, err: "NUTRIGATE_CRONOMETER_DAYS: "},
		{name: "refuses to keep passwords a little", environ: []string{"NUTRIGATE_CRONOMETER_KEEP_PASSWORDS=true"}, err: "NUTRIGATE_CRONOMETER_KEEP_PASSWORDS: "},
		{name: "refuses an origin with a path", environ: []string{"NUTRIGATE_ORIGINS=https://a.example/app"}, err: "NUTRIGATE_ORIGINS: not an origin"},
		{name: "refuses an audit of an hour", environ: []string{"NUTRIGATE_AUDIT_KEEP=1h"}, err: "NUTRIGATE_AUDIT_KEEP: "},
		{name: "refuses nutrients that are neither", environ: []string{"NUTRIGATE_FHIR_NUTRIENTS=some"}, err: "NUTRIGATE_FHIR_NUTRIENTS: "},
		{name: "refuses a category that there is not", environ: []string{"NUTRIGATE_FHIR_CATEGORY=nutrition"}, err: "NUTRIGATE_FHIR_CATEGORY: "},
		{name: "refuses a switch that is neither on nor off", environ: []string{"NUTRIGATE_FHIR_SNOMED=yes"}, err: "NUTRIGATE_FHIR_SNOMED: neither on nor off"},
		{name: "refuses a form of intakes that is neither true nor false", environ: []string{"NUTRIGATE_FHIR_INTAKE=on"}, err: "NUTRIGATE_FHIR_INTAKE: neither true nor false"},
		{name: "refuses what is no subnet", environ: []string{"NUTRIGATE_WEBHOOK_ALLOW=localhost"}, err: `NUTRIGATE_WEBHOOK_ALLOW: not a subnet: "localhost"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.FromEnviron(c.environ)
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err == "" && !reflect.DeepEqual(got, c.want):
				t.Errorf("got %+v, want %+v", got, c.want)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got error %v, want %q", err, c.err)
			}
		})
	}
}
