// Package config is what the operator sets, read from the environment.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is the operator's settings.
type Config struct {
	// Addr is where the gateway listens, host and port. NUTRIGATE_ADDR.
	Addr string
	// Data is the folder of the store and of files being received. NUTRIGATE_DATA.
	Data string
	// BaseURL is the address by which clients reach the gateway, without a
	// slash at its end; empty means whatever host a request names. NUTRIGATE_BASE_URL.
	BaseURL string
	// AdminKey opens the operator's API; empty means that there is none.
	// NUTRIGATE_ADMIN_KEY, 16 characters at least.
	AdminKey string
	// WebhookAllow has the subnets to which webhooks may be sent although they
	// are not public, or by plain http. NUTRIGATE_WEBHOOK_ALLOW, with commas
	// between them: 127.0.0.0/8,10.1.0.0/16.
	WebhookAllow []netip.Prefix
	// KeyFile has the key with which secrets are sealed; empty means a file
	// beside the store. NUTRIGATE_KEY_FILE.
	KeyFile string
	// Healthcheck is how often endpoints get a healthcheck that want it; 0 is
	// never. NUTRIGATE_HEALTHCHECK: 1h.
	Healthcheck time.Duration
	// KeepExports is how long the files of an export can be fetched.
	// NUTRIGATE_EXPORT_KEEP: 24h.
	KeepExports time.Duration
	// Origins are the sites whose scripts may read what is below /fhir, such as
	// https://app.example; "*" is every site, empty none. NUTRIGATE_ORIGINS, with
	// commas between them.
	Origins []string
	// AuditKeep is how long it is kept who has read whose data.
	// NUTRIGATE_AUDIT_KEEP: 8760h, a year.
	AuditKeep  time.Duration
	FHIR       FHIR
	Cronometer Cronometer
	// Inbox is a folder of files to be taken in, TENANT/USER/file; empty is none. NUTRIGATE_INBOX.
	Inbox string
}

const prefix = "NUTRIGATE_"

// FromEnviron reads the settings from an environment of KEY=value pairs, as
// os.Environ gives it. What is not set has its default; a key of ours that we
// do not know is an error, since it is most likely misspelt. Errors name the key.
func FromEnviron(environ []string) (Config, error) {
	c := Config{
		Addr: "127.0.0.1:8080", Data: "./data",
		FHIR: FHIR{Nutrients: "all", Category: "survey"}, Cronometer: Cronometer{URL: "https://cronometer.com"},
	}
	hashes, keep, days := "", "no", "3"
	allow, healthcheck, keepExports, snomed, intake := "", "1h", "24h", "on", "false"
	origins, auditKeep := "*", "8760h"
	known := map[string]*string{
		prefix + "ADDR":          &c.Addr,
		prefix + "DATA":          &c.Data,
		prefix + "BASE_URL":      &c.BaseURL,
		prefix + "ADMIN_KEY":     &c.AdminKey,
		prefix + "WEBHOOK_ALLOW": &allow,
		prefix + "KEY_FILE":      &c.KeyFile,
		prefix + "HEALTHCHECK":   &healthcheck,
		prefix + "EXPORT_KEEP":   &keepExports,
		prefix + "ORIGINS":       &origins,
		prefix + "AUDIT_KEEP":    &auditKeep,

		prefix + "INBOX":                     &c.Inbox,
		prefix + "CRONOMETER_URL":            &c.Cronometer.URL,
		prefix + "CRONOMETER_CLIENT_ID":      &c.Cronometer.ClientID,
		prefix + "CRONOMETER_CLIENT_SECRET":  &c.Cronometer.ClientSecret,
		prefix + "CRONOMETER_NOTICE_SECRET":  &c.Cronometer.NoticeSecret,
		prefix + "CRONOMETER_HASHES":         &hashes,
		prefix + "CRONOMETER_KEEP_PASSWORDS": &keep,
		prefix + "CRONOMETER_DAYS":           &days,
		prefix + "FHIR_NUTRIENTS":            &c.FHIR.Nutrients,
		prefix + "FHIR_CATEGORY":             &c.FHIR.Category,
		prefix + "FHIR_SNOMED":               &snomed,
		prefix + "FHIR_INTAKE":               &intake,
	}
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		setting, ok := known[key]
		if !ok {
			return Config{}, fmt.Errorf("%s: no such setting", key)
		}
		*setting = value
	}
	var err error
	if c.WebhookAllow, err = subnets(allow); err != nil {
		return Config{}, fmt.Errorf("%sWEBHOOK_ALLOW: %w", prefix, err)
	}
	if c.Healthcheck, err = time.ParseDuration(healthcheck); err != nil || (c.Healthcheck != 0 && c.Healthcheck < minHealthcheck) {
		return Config{}, fmt.Errorf("%sHEALTHCHECK: not 0, nor a time of at least %v such as 1h: %q", prefix, minHealthcheck, healthcheck)
	}
	if err := c.Cronometer.read(hashes, keep, days); err != nil {
		return Config{}, err
	}
	if c.KeepExports, err = time.ParseDuration(keepExports); err != nil || c.KeepExports < minKeepExports {
		return Config{}, fmt.Errorf("%sEXPORT_KEEP: not a time of at least %v such as 24h: %q", prefix, minKeepExports, keepExports)
	}
	if c.Origins, err = sites(origins); err != nil {
		return Config{}, fmt.Errorf("%sORIGINS: %w", prefix, err)
	}
	if c.AuditKeep, err = time.ParseDuration(auditKeep); err != nil || c.AuditKeep < minAuditKeep {
		return Config{}, fmt.Errorf("%sAUDIT_KEEP: not a time of at least %v such as 8760h: %q", prefix, minAuditKeep, auditKeep)
	}
	if err := c.FHIR.read(snomed, intake); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

// minKeepExports is long enough to fetch anything at all.
const minKeepExports = time.Minute

// minHealthcheck keeps healthchecks from being most of what is sent.
const minHealthcheck = time.Minute

// subnets reads a list of subnets, in which an address alone is one too.
func subnets(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if addr, err := netip.ParseAddr(one); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("not a subnet: %q", one)
		}
		all = append(all, p)
	}
	return all, nil
}

// minAdminKey keeps a key from being guessed.
const minAdminKey = 16

func (c *Config) validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("%sADDR: not of the form host:port: %q", prefix, c.Addr)
	}
	if c.Data == "" {
		return fmt.Errorf("%sDATA: required", prefix)
	}
	if c.AdminKey != "" && len(c.AdminKey) < minAdminKey {
		return fmt.Errorf("%sADMIN_KEY: at least %d characters", prefix, minAdminKey)
	}
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%sBASE_URL: not an http or https address: %q", prefix, c.BaseURL)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return nil
}
