package push_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"nutrigate/gateway/push"
)

// The vector of the Standard Webhooks libraries, and for Terra the same time
// and body as `openssl dgst -sha256 -hmac` signs them.
const (
	knownSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	signedAt    = 1614265330
	knownBody   = `{"test": 2432232314}`
	standard    = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	hexSum      = "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964"
	terraSig    = "t=1614265330,v1=" + hexSum
	wrongHex    = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

func signedHeaders(change map[string]string) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
		"webhook-signature": standard, "terra-signature": terraSig, "X-Terra-Signature": terraSig,
	} {
		h.Set(name, value)
	}
	for name, value := range change {
		h.Set(name, value)
	}
	return h
}

func TestVerify(t *testing.T) {
	const terra, other, both = "terra-signature", "webhook-signature", ""
	for _, c := range []struct {
		name   string
		in     string // whose verdict is expected; both if empty
		want   error
		secret string
		body   string
		late   time.Duration
		change map[string]string
	}{
		{name: "what others signed"},
		{name: "299 seconds old", late: 299 * time.Second},
		{name: "301 seconds old", late: 301 * time.Second, want: push.ErrStale},
		{name: "301 seconds ahead", late: -301 * time.Second, want: push.ErrStale},
		{name: "a space more in the body", body: knownBody + " ", want: push.ErrMismatch},
		{name: "another secret", secret: "whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", want: push.ErrMismatch},
		{name: "another id", in: other, change: map[string]string{"webhook-id": "msg_2"}, want: push.ErrMismatch},
		{name: "another time", in: other, change: map[string]string{"webhook-timestamp": "1614265331"}, want: push.ErrMismatch},
		{name: "a secret that encodes nothing", in: other, secret: "a secret", want: push.ErrMismatch},
		{name: "no signature", in: other, change: map[string]string{"webhook-signature": ""}, want: push.ErrUnsigned},
		{name: "the second of two", in: other, change: map[string]string{"webhook-signature": "v1,AAAA " + standard}},
		{name: "one of another kind beside it", in: other, change: map[string]string{"webhook-signature": "v1a,xx " + standard}},
		{name: "one of another kind alone", in: other, change: map[string]string{"webhook-signature": "v1a,xx"}, want: push.ErrMalformed},
		{name: "no base64", in: other, change: map[string]string{"webhook-signature": "v1,%"}, want: push.ErrMalformed},
		{name: "no signature", in: terra, change: map[string]string{terra: ""}, want: push.ErrUnsigned},
		{name: "the second of two", in: terra, change: map[string]string{terra: "t=1614265330,v1=" + wrongHex + ",v1=" + hexSum}},
		{name: "spaces and another kind", in: terra, change: map[string]string{terra: "t=1614265330, v0=x, v1=" + hexSum}},
		{name: "without a time", in: terra, change: map[string]string{terra: "v1=" + hexSum}, want: push.ErrMalformed},
		{name: "with a time alone", in: terra, change: map[string]string{terra: "t=1614265330"}, want: push.ErrMalformed},
		{name: "no hexadecimal", in: terra, change: map[string]string{terra: "t=1614265330,v1=xyz"}, want: push.ErrMalformed},
		{name: "another time", in: terra, change: map[string]string{terra: "t=1614265331,v1=" + hexSum}, want: push.ErrMismatch},
	} {
		t.Run(c.in+" "+c.name, func(t *testing.T) {
			with, said := knownSecret, knownBody
			if c.secret != "" {
				with = c.secret
			}
			if c.body != "" {
				said = c.body
			}
			judged := 0
			for _, v := range push.Verify(with, signedHeaders(c.change), []byte(said), time.Unix(signedAt, 0).Add(c.late)) {
				if c.in != both && v.Header != c.in {
					continue
				}
				judged++
				if !errors.Is(v.Err, c.want) {
					t.Errorf("%s: %v, want %v", v.Header, v.Err, c.want)
				}
			}
			if judged == 0 {
				t.Error("nothing was judged")
			}
		})
	}
}

func TestGenuine(t *testing.T) {
	at := time.Unix(signedAt, 0)
	if forged := push.Verify("whsec_AAAA", signedHeaders(nil), []byte(knownBody), at); push.Genuine(forged) {
		t.Errorf("a forged one is genuine: %v", forged)
	}
	if one := push.Verify(knownSecret, signedHeaders(map[string]string{"terra-signature": "", "X-Terra-Signature": ""}), []byte(knownBody), at); !push.Genuine(one) {
		t.Errorf("one right signature is not enough: %v", one)
	}
}
