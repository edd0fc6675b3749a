// Package config is what the operator sets, read from the environment.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
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
	Cronometer  Cronometer
	FHIR        FHIR
}

// Cronometer is how diaries are fetched from there.
type Cronometer struct {
	// URL is where it is: https://cronometer.com, or a simulator. NUTRIGATE_CRONOMETER_URL.
	URL string
	// ClientID and ClientSecret are those of a partner of Cronometer; without
	// them nobody is sent there. NUTRIGATE_CRONOMETER_CLIENT_ID, …_CLIENT_SECRET.
	ClientID, ClientSecret string
	// NoticeSecret proves that a notice of a change is Cronometer's; without one
	// none are taken. NUTRIGATE_CRONOMETER_NOTICE_SECRET, 16 characters at least.
	NoticeSecret string
	// Permutation and Policy are the hashes of the web page, for when it does not
	// say them itself. NUTRIGATE_CRONOMETER_HASHES, with a colon between them.
	Permutation, Policy string
	// KeepPasswords keeps the passwords of the web export, sealed.
	// NUTRIGATE_CRONOMETER_KEEP_PASSWORDS: yes or no.
	KeepPasswords bool
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
	allow, healthcheck, snomed, hashes, keep := "", "1h", "on", "", "no"
	known := map[string]*string{
		prefix + "ADDR":          &c.Addr,
		prefix + "DATA":          &c.Data,
		prefix + "BASE_URL":      &c.BaseURL,
		prefix + "ADMIN_KEY":     &c.AdminKey,
		prefix + "WEBHOOK_ALLOW": &allow,
		prefix + "KEY_FILE":      &c.KeyFile,
		prefix + "HEALTHCHECK":   &healthcheck,

		prefix + "CRONOMETER_URL":            &c.Cronometer.URL,
		prefix + "CRONOMETER_CLIENT_ID":      &c.Cronometer.ClientID,
		prefix + "CRONOMETER_CLIENT_SECRET":  &c.Cronometer.ClientSecret,
		prefix + "CRONOMETER_NOTICE_SECRET":  &c.Cronometer.NoticeSecret,
		prefix + "CRONOMETER_HASHES":         &hashes,
		prefix + "CRONOMETER_KEEP_PASSWORDS": &keep,
		prefix + "FHIR_NUTRIENTS":            &c.FHIR.Nutrients,
		prefix + "FHIR_CATEGORY":             &c.FHIR.Category,
		prefix + "FHIR_SNOMED":               &snomed,
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
	if err := c.Cronometer.read(hashes, keep); err != nil {
		return Config{}, err
	}
	if err := c.FHIR.read(snomed); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

var hash = regexp.MustCompile(`^[A-F0-9]{32}$`)

// read reads what is no plain text, and checks the rest. Errors have no secrets.
func (c *Cronometer) read(hashes, keep string) error {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%sCRONOMETER_URL: not an http or https address: %q", prefix, c.URL)
	}
	c.URL = strings.TrimRight(c.URL, "/")
	c.Permutation, c.Policy, _ = strings.Cut(hashes, ":")
	switch {
	case hashes != "" && (!hash.MatchString(c.Permutation) || !hash.MatchString(c.Policy)):
		return fmt.Errorf("%sCRONOMETER_HASHES: not two times 32 of 0-9 and A-F with a colon between them", prefix)
	case keep != "yes" && keep != "no":
		return fmt.Errorf("%sCRONOMETER_KEEP_PASSWORDS: yes or no: %q", prefix, keep)
	case (c.ClientID == "") != (c.ClientSecret == ""):
		return fmt.Errorf("%sCRONOMETER_CLIENT_ID and %sCRONOMETER_CLIENT_SECRET: both or none", prefix, prefix)
	case c.NoticeSecret != "" && len(c.NoticeSecret) < minAdminKey:
		return fmt.Errorf("%sCRONOMETER_NOTICE_SECRET: at least %d characters", prefix, minAdminKey)
	}
	c.KeepPasswords = keep == "yes"
	return nil
}

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
