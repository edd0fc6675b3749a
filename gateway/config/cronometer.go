package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

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
	// Days is how many days before the last are fetched again each time.
	// NUTRIGATE_CRONOMETER_DAYS, from 1 to 30.
	Days int
}

// maxDays keeps each fetch from being a history of its own.
const maxDays = 30

var hash = regexp.MustCompile(`^[A-F0-9]{32}$`)

// read reads what is no plain text, and checks the rest. Errors have no secrets.
func (c *Cronometer) read(hashes, keep, days string) error {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%sCRONOMETER_URL: not an http or https address: %q", prefix, c.URL)
	}
	c.URL = strings.TrimRight(c.URL, "/")
	c.Days, err = strconv.Atoi(days)
	c.Permutation, c.Policy, _ = strings.Cut(hashes, ":")
	switch {
	case err != nil || c.Days < 1 || c.Days > maxDays:
		return fmt.Errorf("%sCRONOMETER_DAYS: not a number from 1 to %d: %q", prefix, maxDays, days)
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
