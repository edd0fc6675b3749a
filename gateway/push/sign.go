package push

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"nutrigate/gateway/store"
)

// headers returns those of one attempt: who it is, which does not change from
// attempt to attempt, and the signatures, which do. Standard Webhooks 1.0.0
// signs with the bytes behind "whsec_", Terra with the secret's text. Each
// secret that is valid signs, and so does each private key ("whsk_"), for
// Standard Webhooks alone, as does everything where it is not to be Terra's too.
// extra are the endpoint's own fields.
func headers(p *store.Parcel, secrets []string, extra map[string]string, at time.Time, agent string, isTerra bool) (http.Header, error) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	terra, ours, asymmetric := []string{"t=" + seconds}, []string(nil), []string(nil)
	for _, secret := range secrets {
		if text, ok := strings.CutPrefix(secret, "whsk_"); ok {
			signature, err := keySignature(text, p.ID+"."+seconds+".", p.Body)
			if err != nil {
				return nil, fmt.Errorf("sign delivery %s: %w", p.ID, err)
			}
			asymmetric = append(asymmetric, signature)
			continue
		}
		terra = append(terra, "v1="+terraSignature(secret, seconds, p.Body))
		hook, err := standard.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("sign delivery %s: the secret is not base64", p.ID)
		}
		signature, err := hook.Sign(p.ID, at, p.Body)
		if err != nil {
			return nil, fmt.Errorf("sign delivery %s: %w", p.ID, err)
		}
		ours = append(ours, signature)
	}
	h := http.Header{}
	for name, value := range extra {
		h.Set(name, value)
	}
	fields := [][2]string{
		{"User-Agent", agent},
		{"Webhook-Id", p.ID},
		{"Webhook-Timestamp", seconds},
		{"Webhook-Signature", strings.Join(append(ours, asymmetric...), " ")},
	}
	if p.MediaType != "" {
		fields = append(fields, [2]string{"Content-Type", p.MediaType})
	}
	for _, f := range fields {
		h.Set(f[0], f[1])
	}
	if !isTerra {
		return h, nil
	}
	for _, f := range [][2]string{
		{"Terra-Signature", strings.Join(terra, ",")},
		{"X-Terra-Signature", strings.Join(terra, ",")},
		{"X-Terra-Trace-Id", p.TraceID},
		{"X-Terra-Ordering-Timestamp", strconv.FormatInt(p.Created.UnixMilli(), 10)},
	} {
		h.Set(f[0], f[1])
	}
	if p.Reference != "" {
		h.Set("Terra-Reference", p.Reference)
	}
	return h, nil
}

// terraSignature is the lower-case hexadecimal HMAC-SHA256 of "seconds.body".
func terraSignature(secret, seconds string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// keySignature is that of the private key, which is written in base64, in the
// words of Standard Webhooks 1.0.0.
func keySignature(key, before string, body []byte) (string, error) {
	private, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(private) != ed25519.PrivateKeySize {
		return "", errors.New("the private key cannot be read")
	}
	signature := ed25519.Sign(private, append([]byte(before), body...))
	return "v1a," + base64.StdEncoding.EncodeToString(signature), nil
}
