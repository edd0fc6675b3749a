package connections

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
)

// maxNotice bounds a notice, which names somebody.
const maxNotice = 64 << 10

// notice asks for a fetch of whoever it names. What Cronometer's notices look
// like is not public: any JSON with a user_id, a text or a number, is one. It is
// signed in X-Cronometer-Signature, or comes with the secret as a bearer token.
// Whether anybody here has the account, nobody is told.
func (m Room) notice(r *http.Request) (room.Answer, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxNotice))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return room.Answer{}, fault.New(fault.TooLarge, "a notice has %d bytes at most", maxNotice)
	}
	if err != nil {
		return room.Answer{}, fault.Wrap(fault.Invalid, err, "the body broke off")
	}
	if !m.genuine(r.Header, body) {
		return room.Answer{}, fault.New(fault.Unauthorized, "the notice is neither signed nor has it the secret")
	}
	account := accountIn(body)
	if account == "" {
		return room.Answer{}, fault.BadParam("user_id", "the notice has no user_id")
	}
	if _, err := m.Linker.Noticed(r.Context(), account); err != nil {
		return room.Answer{}, err
	}
	return respond(r, done)
}

// genuine reports whether a notice is from who knows the secret.
func (m Room) genuine(header http.Header, body []byte) bool {
	if bearer, ok := strings.CutPrefix(header.Get("Authorization"), "Bearer "); ok {
		return subtle.ConstantTimeCompare([]byte(bearer), []byte(m.NoticeSecret)) == 1
	}
	given, err := hex.DecodeString(strings.TrimPrefix(header.Get("X-Cronometer-Signature"), "sha256="))
	if err != nil || len(given) == 0 {
		return false
	}
	sum := hmac.New(sha256.New, []byte(m.NoticeSecret))
	_, _ = sum.Write(body) // which never fails
	return hmac.Equal(given, sum.Sum(nil))
}

// accountIn returns whom a notice names.
func accountIn(body []byte) string {
	var n struct {
		User json.RawMessage `json:"user_id"`
	}
	if json.Unmarshal(body, &n) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(n.User, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(n.User, &number) == nil {
		return number.String()
	}
	return ""
}
