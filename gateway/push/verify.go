package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far a signature's time may be from the receiver's clock, in
// either direction: what Terra's SDK and the Standard Webhooks libraries allow.
const Tolerance = 5 * time.Minute

// What a signature can have against it.
var (
	ErrUnsigned  = errors.New("there is no such signature")
	ErrMalformed = errors.New("the signature cannot be read")
	ErrStale     = errors.New("the signature's time is too far from now")
	ErrMismatch  = errors.New("the secret does not give this signature")
)

// A Verdict is what one kind of signature says about a delivery.
type Verdict struct {
	Header string // the header that has the signature
	Err    error  // nil where it verifies, else one of the errors above, wrapped
}

// Verify judges every signature that a delivery may carry, over the bytes of
// its body as they came: terra-signature, X-Terra-Signature and that of
// Standard Webhooks 1.0.0. All of them are always in the answer; a delivery is
// genuine if one verifies. Comparisons take the same time whatever differs.
func Verify(secret string, h http.Header, body []byte, now time.Time) []Verdict {
	return []Verdict{
		{"terra-signature", verifyTerra(secret, h.Get("terra-signature"), body, now)},
		{"X-Terra-Signature", verifyTerra(secret, h.Get("X-Terra-Signature"), body, now)},
		{"webhook-signature", verifyStandard(secret, h, body, now)},
	}
}

// Genuine reports whether a verdict is without fault.
func Genuine(all []Verdict) bool {
	return slices.ContainsFunc(all, func(v Verdict) bool { return v.Err == nil })
}

// verifyTerra reads "t=<seconds>,v1=<hex>" as Terra's own verifier does: the
// last t counts, and one right v1 is enough. The key is the secret's text.
func verifyTerra(secret, signature string, body []byte, now time.Time) error {
	if signature == "" {
		return ErrUnsigned
	}
	var stamp string
	var given [][]byte
	for part := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			stamp = value
		case "v1":
			sum, err := hex.DecodeString(value)
			if err != nil {
				return fmt.Errorf("%w: v1 is not hexadecimal", ErrMalformed)
			}
			given = append(given, sum)
		}
	}
	return judge(stamp, now, given, digest([]byte(secret), stamp+".", body))
}

// verifyStandard reads the headers of Standard Webhooks 1.0.0. The key is what
// the secret encodes behind "whsec_".
func verifyStandard(secret string, h http.Header, body []byte, now time.Time) error {
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	if h.Get("webhook-signature") == "" {
		return ErrUnsigned
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return fmt.Errorf("%w: the secret is not whsec_ and base64", ErrMismatch)
	}
	var given [][]byte
	for part := range strings.FieldsSeq(h.Get("webhook-signature")) {
		version, value, _ := strings.Cut(part, ",")
		if version != "v1" {
			continue // v1a and what may come are others' to check
		}
		sum, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return fmt.Errorf("%w: v1 is not base64", ErrMalformed)
		}
		given = append(given, sum)
	}
	return judge(stamp, now, given, digest(key, id+"."+stamp+".", body))
}

// digest is the HMAC-SHA256 of what stands before the body, and the body.
func digest(key []byte, before string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(before)) // a hash's Write returns no error
	mac.Write(body)
	return mac.Sum(nil)
}

// judge compares first: a time that nobody signed says nothing about age.
func judge(stamp string, now time.Time, given [][]byte, want []byte) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: no time", ErrMalformed)
	}
	if len(given) == 0 {
		return fmt.Errorf("%w: no v1", ErrMalformed)
	}
	if !slices.ContainsFunc(given, func(sum []byte) bool { return hmac.Equal(sum, want) }) {
		return ErrMismatch
	}
	age := now.Unix() - seconds
	if limit := int64(Tolerance / time.Second); age > limit || age < -limit {
		return fmt.Errorf("%w: signed %d s ago, %d s are allowed", ErrStale, age, limit)
	}
	return nil
}
