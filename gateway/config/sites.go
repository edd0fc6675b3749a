package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// minAuditKeep is how long at least it is kept who has read what: nobody looks
// sooner.
const minAuditKeep = 24 * time.Hour

// sites reads a list of origins (RFC 6454 section 6.2); "*" is every one.
func sites(text string) ([]string, error) {
	var all []string
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		u, err := url.Parse(one)
		if one != "*" && (err != nil || u.Scheme == "" || u.Host == "" || one != u.Scheme+"://"+u.Host) {
			return nil, fmt.Errorf("not an origin such as https://app.example: %q", one)
		}
		all = append(all, one)
	}
	return all, nil
}
