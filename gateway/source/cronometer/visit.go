package cronometer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"nutrigate/gateway/source"
)

// A visit is one use of the web with its cookies.
type visit struct {
	webSecret
	web    *Web
	at     *url.URL
	client *http.Client
	tried  []hashes // that the service did not take
}

var errLogInAgain = &source.Failure{Class: source.Credentials, Message: "the session at Cronometer is over; connect again"}

func (w *Web) visit(s webSecret) (*visit, error) {
	at, err := url.Parse(w.base)
	if err != nil {
		return nil, errors.New("the address of Cronometer is none")
	}
	v := &visit{webSecret: s, web: w, at: at}
	return v, v.cookies()
}

// cookies begins with the session's cookie alone, or with none: the page of the
// login comes without its token to whoever shows an old session.
func (v *visit) cookies() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	if v.Nonce != "" {
		cookie := &http.Cookie{Name: nonceCookie, Value: v.Nonce, Path: "/", Secure: v.at.Scheme == "https", HttpOnly: true} //nolint:gosec // it is sent, not given out
		jar.SetCookies(v.at, []*http.Cookie{cookie})
	}
	client := *v.web.client
	client.Jar = jar
	v.client = &client
	return nil
}

// nonceCookie has the session. Only its being there says that a login worked.
const nonceCookie = "sesnonce"

// nonce is what the jar has.
func (v *visit) nonce() string {
	for _, c := range v.client.Jar.Cookies(v.at) {
		if c.Name == nonceCookie {
			return c.Value
		}
	}
	return ""
}

var formToken = regexp.MustCompile(`name="anticsrf"[^>]*value="([0-9a-fA-F]+)"`)

// login begins a session.
func (v *visit) login(ctx context.Context, l Login) error {
	v.Nonce = ""
	if err := v.cookies(); err != nil {
		return err
	}
	page, err := ask(ctx, v.client, http.MethodGet, v.web.base+"/login/", nil, http.Header{})
	if err == nil {
		err = page.failure()
	}
	if err != nil {
		return err
	}
	token := formToken.FindSubmatch(page.body)
	if token == nil {
		return changed("the page of Cronometer's login has no form that is known")
	}
	form := url.Values{"anticsrf": {string(token[1])}, "username": {l.Username}, "password": {l.Password}}
	if l.Code != "" {
		form.Set("userCode", l.Code)
	}
	a, err := ask(ctx, v.client, http.MethodPost, v.web.base+"/login", []byte(form.Encode()), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "X-Requested-With": {"XMLHttpRequest"},
	})
	if err == nil {
		err = a.failure()
	}
	if err != nil {
		return err
	}
	if v.Nonce = v.nonce(); v.Nonce == "" {
		return refused(a.body)
	}
	v.Begun, v.tried = v.web.now().UTC(), nil
	return v.authenticate(ctx)
}

// refused says why there is no session. The text is Cronometer's, and is only
// looked at.
func refused(body []byte) error {
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // what is no JSON says nothing
	text := strings.ToLower(said.Error)
	switch {
	case strings.Contains(text, "too many"):
		return &source.Failure{Class: source.Throttled, Message: "Cronometer was asked to log in too often; it has to be left alone for some time"}
	case strings.Contains(text, "factor") || strings.Contains(text, "code") || strings.Contains(text, "2fa"):
		return &source.Failure{Class: source.OneTimeCode, Message: "the account wants a one-time code, and it was missing or wrong"}
	case text == "":
		return changed("Cronometer neither lets anybody in nor says why")
	}
	return &source.Failure{Class: source.Credentials, Message: "Cronometer does not take the name and password"}
}

// offset is what the page sends of the browser's zone, in minutes. Which sign it
// has is not known, and exports do not depend on it.
const offset = "-300"

var firstNumber = regexp.MustCompile(`^//OK\[(-?\d+),`)

// authenticate tells the service of the session, and learns the account's id.
// The session has another nonce afterwards.
func (v *visit) authenticate(ctx context.Context) error {
	body, err := v.call(ctx, "authenticate", "java.lang.Integer/3438268394|1|2|3|4|1|5|5|"+offset+"|", 5)
	if err != nil {
		return told(err)
	}
	id := firstNumber.FindSubmatch(body)
	if v.Nonce = v.nonce(); id == nil || v.Nonce == "" {
		return changed("Cronometer's answer to a login is not known")
	}
	v.User = string(id[1])
	return nil
}

// token returns one for an export, in a session that is begun if need be.
func (v *visit) token(ctx context.Context) (string, error) {
	if v.Nonce != "" && v.web.now().Sub(v.Begun) < sessionLife {
		token, err := v.mint(ctx)
		if e, ok := errors.AsType[*exception](err); !ok || !e.loggedOut() {
			return token, told(err)
		}
	}
	if v.Password == "" {
		v.Nonce = ""
		return "", errLogInAgain
	}
	if err := v.login(ctx, Login{Username: v.Username, Password: v.Password}); err != nil {
		return "", err
	}
	token, err := v.mint(ctx)
	return token, told(err)
}

// Of 32 digits and more: a dead session is answered with the name of a class in
// quotation marks.
var exportToken = regexp.MustCompile(`"([a-f0-9]{32,})"`)

// mint asks for a token; an hour is its life, and one export its use.
func (v *visit) mint(ctx context.Context) (string, error) {
	body, err := v.call(ctx, "generateAuthorizationToken",
		"java.lang.String/2004016611|I|com.cronometer.shared.user.AuthScope/2065601159|"+v.Nonce+"|1|2|3|4|4|5|6|6|7|8|"+v.User+"|3600|7|2|", 8)
	if err != nil {
		return "", err
	}
	token := exportToken.FindSubmatch(body)
	if token == nil {
		return "", changed("Cronometer gives no token for an export")
	}
	return string(token[1]), nil
}
