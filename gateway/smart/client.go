package smart

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/store"
)

const (
	maxName      = 100
	maxRedirects = 20
	maxURL       = 2000
	maxScopes    = 10_000
)

// What a client may ask for where nothing else is said.
const (
	serviceScopes = "system/*.rs"
	appScopes     = "openid fhirUser launch launch/patient offline_access online_access patient/*.rs user/*.rs"
)

// Registered returns the client as it is to be registered: with the scopes of
// its kind where it has none, and a secret where it needs one. What does not fit
// together is an Invalid fault that names the field.
func Registered(c store.Client) (store.Client, error) {
	if c.Scopes = strings.Join(strings.Fields(c.Scopes), " "); c.Scopes == "" {
		c.Scopes = appScopes
		if c.Kind == store.Backend {
			c.Scopes = serviceScopes
		}
	}
	c.HasSecret = c.Kind == store.ConfidentialApp && len(c.JWKS) == 0 && c.JWKSURI == ""
	for _, check := range []func(store.Client) error{checkName, checkKind, checkAddresses, checkScopes} {
		if err := check(c); err != nil {
			return c, err
		}
	}
	if len(c.JWKS) > 0 {
		return c, CheckKeys(c.JWKS)
	}
	return c, nil
}

func checkName(c store.Client) error {
	if strings.TrimSpace(c.Name) == "" || len(c.Name) > maxName || strings.ContainsFunc(c.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fault.BadParam("name", "name: it is shown to people, and has 1 to %d characters", maxName)
	}
	return nil
}

// checkKind looks whether a client has what one of its kind needs, and no more.
func checkKind(c store.Client) error {
	keys := len(c.JWKS) > 0 || c.JWKSURI != ""
	switch {
	case !slices.Contains([]string{store.Backend, store.PublicApp, store.ConfidentialApp}, c.Kind):
		return fault.BadParam("kind", "kind: %s, %s or %s", store.Backend, store.PublicApp, store.ConfidentialApp)
	case len(c.JWKS) > 0 && c.JWKSURI != "":
		return fault.BadParam("jwks_uri", "jwks_uri: not together with jwks")
	case c.Kind == store.Backend && !keys:
		return fault.BadParam("jwks", "jwks: a backend needs its public keys, here or by jwks_uri")
	case c.Kind == store.PublicApp && keys:
		return fault.BadParam("jwks", "jwks: a public app can keep no key; one that can is confidential")
	case c.Kind == store.Backend && (len(c.Redirects) > 0 || c.Launch != ""):
		return fault.BadParam("redirect_uris", "redirect_uris: a backend has no people, and neither redirects nor a launch_url")
	case c.Kind != store.Backend && len(c.Redirects) == 0:
		return fault.BadParam("redirect_uris", "redirect_uris: an app needs at least one")
	}
	return nil
}

func checkAddresses(c store.Client) error {
	if len(c.Redirects) > maxRedirects {
		return fault.BadParam("redirect_uris", "redirect_uris: %d at most", maxRedirects)
	}
	for _, address := range c.Redirects {
		if err := leads(address, true); err != nil {
			return fault.BadParam("redirect_uris", "redirect_uris: %s", err)
		}
	}
	if c.Launch != "" {
		if err := leads(c.Launch, false); err != nil {
			return fault.BadParam("launch_url", "launch_url: %s", err)
		}
	}
	return nil
}

// hostname is what stands in a policy of ours without harm.
var hostname = regexp.MustCompile(`^[A-Za-z0-9._:\[\]-]+$`)

// ownScheme is a scheme of an app's own, which RFC 8252 section 7.1 wants to be
// a domain name in reverse.
var ownScheme = regexp.MustCompile(`^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$`)

// leads returns an error unless people may be led to the address: by https, by
// http to their own computer, or, with own, by a scheme of the app's own.
func leads(address string, own bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > maxURL || u.User != nil || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("not an address, or longer than %d bytes", maxURL)
	case strings.Contains(address, "#"):
		return fmt.Errorf("%s: it must have no fragment", address)
	case u.Scheme == "https" && hostname.MatchString(u.Host):
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()) && hostname.MatchString(u.Host):
		return nil
	case own && ownScheme.MatchString(u.Scheme):
		return nil
	}
	return fmt.Errorf("%s: it must be https, http to the person's own computer, or a scheme of the app's own such as com.example.app:/back", address)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func checkScopes(c store.Client) error {
	if len(c.Scopes) > maxScopes {
		return fault.BadParam("scopes", "scopes: %d bytes at most", maxScopes)
	}
	if one, found := grant.Unknown(c.Scopes); found {
		return fault.BadParam("scopes", "scopes: %s cannot be granted", one)
	}
	asked := grant.Parse(c.Scopes)
	for _, p := range asked.Permissions {
		if err := boundBy(p); err != nil {
			return fault.BadParam("scopes", "scopes: %s: %s", p, err)
		}
	}
	switch {
	case len(asked.Permissions) == 0:
		return fault.BadParam("scopes", "scopes: nothing can be read with them")
	case c.Kind == store.Backend && asked.String() != asked.Without(grant.Words(), grant.Patient, grant.User).String():
		return fault.BadParam("scopes", "scopes: those of a backend begin with system/")
	case c.Kind != store.Backend && asked.HasLevel(grant.System):
		return fault.BadParam("scopes", "scopes: those of an app begin with patient/ or user/")
	}
	return nil
}
