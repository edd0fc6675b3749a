package cronometer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"nutrigate/gateway/source"
)

// WebSlice is how many days are asked for at once at most, and WebExports how
// many exports it takes.
const (
	WebSlice   = 90
	WebExports = 5
)

// sessionLife is how long a login lasts.
const sessionLife = 14 * 24 * time.Hour

// Web is the export of a person's own account by its web page: what the person
// could do by hand, read only. It is safe for concurrent use.
type Web struct {
	base       string
	configured hashes
	client     *http.Client
	now        func() time.Time
}

// NewWeb returns the web at base. permutation and policy are tried where the
// page does not say what it is called today; they may be empty.
func NewWeb(base, permutation, policy string, client *http.Client, now func() time.Time) *Web {
	return &Web{base: base, configured: hashes{permutation, policy}, client: client, now: now}
}

// webSecret is what an account is reached with: a session, and what a new one
// can be had with where that is kept.
type webSecret struct {
	Username string    `json:"username,omitempty"`
	Password string    `json:"password,omitempty"`
	Nonce    string    `json:"sesnonce,omitempty"`
	User     string    `json:"user_id,omitempty"`
	Begun    time.Time `json:"begun,omitzero"`
	Hashes   hashes    `json:"hashes,omitzero"`
}

// A Login is what a person logs in with.
type Login struct {
	Username, Password string
	// Code is the one-time code, where the account wants one.
	Code string
	// Keep keeps username and password, so that a new session can be had without
	// the person. With one-time codes it does not help.
	Keep bool
}

// Connect logs in and returns what Fetch needs, and the account's id there.
func (w *Web) Connect(ctx context.Context, l Login) (secret []byte, user string, err error) {
	v, err := w.visit(webSecret{})
	if err != nil {
		return nil, "", err
	}
	if err := v.login(ctx, l); err != nil {
		return nil, "", err
	}
	if l.Keep {
		v.Username, v.Password = l.Username, l.Password
	}
	secret, err = json.Marshal(v.webSecret) //nolint:gosec // the caller seals it
	return secret, v.User, err
}

// kinds are the exports, by the names that their files have.
var kinds = [WebExports]string{"servings", "dailySummary", "exercises", "biometrics", "notes"}

// Fetch brings the five files of the days. A session that is over is begun
// again where the password is kept.
func (w *Web) Fetch(ctx context.Context, q source.Ask) (source.Fetched, error) {
	var s webSecret
	if err := json.Unmarshal(q.Secret, &s); err != nil {
		return source.Fetched{}, errLogInAgain
	}
	v, err := w.visit(s)
	if err != nil {
		return source.Fetched{}, err
	}
	var f source.Fetched
	for _, kind := range kinds {
		var body []byte
		if body, err = v.export(ctx, q, kind); err != nil {
			break
		}
		f.Documents = append(f.Documents, document(kind+".csv", body, q.Span))
	}
	if v.webSecret != s {
		kept, errKeep := json.Marshal(v.webSecret) //nolint:gosec // the caller seals it
		if errKeep != nil {
			return f, errKeep
		}
		f.Secret = kept
	}
	return f, err
}

// Leave ends the session.
func (w *Web) Leave(ctx context.Context, secret []byte) error {
	var s webSecret
	if err := json.Unmarshal(secret, &s); err != nil || s.Nonce == "" {
		return nil //nolint:nilerr // nothing is to be ended
	}
	v, err := w.visit(s)
	if err != nil {
		return err
	}
	_, err = v.call(ctx, "logout", "java.lang.String/2004016611|"+v.Nonce+"|1|2|3|4|1|5|6|", 6)
	if _, over := errors.AsType[*exception](err); over {
		return nil
	}
	return err
}

// export brings one file. A session that turns out to be over on the way is
// begun again, once.
func (v *visit) export(ctx context.Context, q source.Ask, kind string) ([]byte, error) {
	for again := false; ; again = true {
		token, err := v.token(ctx)
		if err != nil {
			return nil, err
		}
		if err := q.Spend(ctx); err != nil {
			return nil, err
		}
		a, err := v.download(ctx, token, kind, q.Span)
		switch {
		case err != nil:
			return nil, err
		case a.status == http.StatusForbidden && !again && v.over(ctx):
			continue
		case a.status == http.StatusForbidden:
			return nil, &source.Failure{Class: source.Throttled, Message: "Cronometer refuses the export; most likely there were too many today"}
		}
		if err := a.failure(); err != nil {
			return nil, err
		}
		return a.body, csvIn(a)
	}
}

// download asks for a file as the page does.
func (v *visit) download(ctx context.Context, token, kind string, span source.Span) (answer, error) {
	query := url.Values{"nonce": {token}, "generate": {kind}, "start": {string(span.From)}, "end": {string(span.To)}}
	return ask(ctx, v.client, http.MethodGet, v.web.base+"/export?"+query.Encode(), nil, http.Header{
		"Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Site": {"same-origin"},
	})
}

// over reports whether the session is over, and forgets it then.
func (v *visit) over(ctx context.Context) bool {
	_, err := v.mint(ctx)
	e, ok := errors.AsType[*exception](err)
	if ok && e.loggedOut() {
		v.Nonce = ""
		return true
	}
	return false
}

// csvIn returns a failure for what is no file of an export. Rows end with a line
// feed, the last too.
func csvIn(a answer) error {
	switch {
	case a.page():
		return errPage
	case !bytes.HasSuffix(a.body, []byte("\n")):
		return changed(fmt.Sprintf("a file of the export breaks off after %d bytes", len(a.body)))
	}
	return nil
}
