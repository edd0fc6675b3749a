package store

import (
	"net/textproto"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
)

const (
	maxHeaders     = 20
	maxHeaderBytes = 4096 // of all names and values
)

// checkHeaders returns an Invalid fault unless the fields can be sent with each
// delivery: those that say what a delivery is, or that belong to the connection,
// are not for anybody to set. It tells no value.
func checkHeaders(fields map[string]string) error {
	bytes, seen := 0, map[string]bool{}
	for name, value := range fields {
		bytes += len(name) + len(value)
		key := textproto.CanonicalMIMEHeaderKey(name)
		twice := seen[key]
		seen[key] = true
		switch {
		case name == "" || strings.ContainsFunc(name, notToken):
			return fault.BadParam("headers", "headers: %q is no name of a field", name)
		case reserved(name):
			return fault.BadParam("headers", "headers: %s is not for an endpoint to set", name)
		case twice:
			return fault.BadParam("headers", "headers: %s is there twice", key)
		case strings.ContainsFunc(value, notVisible):
			return fault.BadParam("headers", "headers: the value of %s has other characters than visible ASCII and spaces", name)
		}
	}
	if len(fields) > maxHeaders || bytes > maxHeaderBytes {
		return fault.BadParam("headers", "headers: at most %d, and %d bytes", maxHeaders, maxHeaderBytes)
	}
	return nil
}

// notToken reports whether a name may not have the character (RFC 9110 section 5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func notVisible(r rune) bool { return (r < ' ' && r != '\t') || r >= 0x7f }

// reserved reports whether the field is the gateway's own, or the connection's.
func reserved(name string) bool {
	name = textproto.CanonicalMIMEHeaderKey(name)
	for _, prefix := range []string{"Webhook-", "Terra-", "X-Terra-", "Proxy-", "Content-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"Host", "User-Agent", "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Accept-Encoding"}, name)
}
