// Package smart is what SMART on FHIR asks of a server beside its data, without
// HTTP: which clients there can be, how they prove who they are, what a person
// may allow them, and the tokens for it
// (https://hl7.org/fhir/smart-app-launch/STU2.2/). JOSE is known here and
// nowhere else.
package smart

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
)

// How long what we give out is good for.
const (
	ServiceLife = 5 * time.Minute  // the access token of a service, which can ask again at any time
	AccessLife  = time.Hour        // that of an app
	CodeLife    = time.Minute      // between the consent and the token: a moment (RFC 6749 section 4.1.2: 10 minutes at most)
	LaunchLife  = 15 * time.Minute // for a person to open an app
	OnlineLife  = 12 * time.Hour   // of online_access: a day's work
	OfflineLife = 90 * 24 * time.Hour
)

// NewSecret returns 256 random bits as text.
func NewSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // which never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// typed has the characters of codes that people type: Crockford's alphabet, in
// which none looks like another.
const typed = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 60 bits, which nobody guesses within the time that a code is good for.
const codeLength = 12

// NewCode returns a code that a person types: TMXQ-4H7W-0ZKD.
func NewCode() string {
	b := make([]byte, codeLength)
	_, _ = rand.Read(b) // which never fails
	for i := range b {
		b[i] = typed[b[i]%byte(len(typed))] // 256 is a multiple of 32
	}
	return string(b[:4]) + "-" + string(b[4:8]) + "-" + string(b[8:])
}

// TypedCode returns the code that a person has typed, as NewCode made it:
// whatever the case, with or without dashes, and with O for 0, I or L for 1.
func TypedCode(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		case strings.ContainsRune(typed, r):
			return r
		}
		return -1
	}, strings.ToUpper(text))
	if len(text) != codeLength {
		return ""
	}
	return text[:4] + "-" + text[4:8] + "-" + text[8:]
}

// challengeLength is that of a SHA-256 in base64url.
const challengeLength = 43

// Challenge reports whether text can be a challenge by the method S256 (RFC 7636
// section 4.2).
func Challenge(text string) bool {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(b) == sha256.Size && len(text) == challengeLength
}

// Meets reports whether a verifier meets the challenge (RFC 7636 section 4.6).
func Meets(challenge, verifier string) bool {
	if len(verifier) < 43 || len(verifier) > 128 { // RFC 7636 section 4.1
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(challenge), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) == 1
}
