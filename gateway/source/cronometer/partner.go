package cronometer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"nutrigate/gateway/source"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// PartnerSlice is how many days are asked for at once at most: with foods, long
// ranges time out.
const PartnerSlice = 14

// Partner is the API for partners and coaches. It is safe for concurrent use.
type Partner struct {
	base, id, secret string
	client           *http.Client
}

// NewPartner returns the API at base, for the partner with the client id and
// secret. Both may be empty where tokens come from elsewhere.
func NewPartner(base, id, secret string, client *http.Client) *Partner {
	return &Partner{base: base, id: id, secret: secret, client: client}
}

// Offered reports whether people can be sent to AuthorizeURL.
func (p *Partner) Offered() bool { return p.id != "" && p.secret != "" }

// partnerSecret is what an account is reached with.
type partnerSecret struct {
	Token string `json:"access_token"`
	// Client picks one of a coach's clients; 0: the account of the token itself.
	Client int64 `json:"client_id,omitempty"`
}

// PartnerSecret returns what Fetch needs, for a token that somebody has.
func PartnerSecret(token string, client int64) ([]byte, error) {
	return json.Marshal(partnerSecret{token, client}) //nolint:gosec // the caller seals it
}

// AuthorizeURL returns where a person is sent to let us in. Scopes are not sent:
// there are none.
func (p *Partner) AuthorizeURL(redirect, state string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {p.id}, "redirect_uri": {redirect}, "state": {state}}
	return p.base + "/oauth/authorize?" + q.Encode()
}

// Exchange returns what Fetch needs for the code that a person came back with,
// and the account's id there. The parameters go into the query, as documented.
func (p *Partner) Exchange(ctx context.Context, code string) (secret []byte, user string, err error) {
	q := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_id": {p.id}, "client_secret": {p.secret}}
	a, err := ask(ctx, p.client, http.MethodPost, p.base+"/oauth/token?"+q.Encode(), nil, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, "", err
	}
	if a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests {
		return nil, "", &source.Failure{Class: source.Credentials, Message: "Cronometer does not take the code; connect again"}
	}
	if err := a.failure(); err != nil {
		return nil, "", err
	}
	if schemas.Check("cronometer/token", a.body) != nil {
		return nil, "", changed("Cronometer gave no token for the code")
	}
	var granted struct {
		Token string          `json:"access_token"`
		User  json.RawMessage `json:"user_id"`
	}
	if err := json.Unmarshal(a.body, &granted); err != nil {
		return nil, "", changed("Cronometer gave no token for the code")
	}
	_ = json.Unmarshal(granted.User, &user) // a number stays empty, as it is only for display
	secret, err = PartnerSecret(granted.Token, 0)
	return secret, user, err
}

// Leave gives the access back.
func (p *Partner) Leave(ctx context.Context, secret []byte) error {
	var s partnerSecret
	if err := json.Unmarshal(secret, &s); err != nil {
		return errors.New("the stored token is none")
	}
	a, err := ask(ctx, p.client, http.MethodPost, p.base+"/oauth/deauthorize?"+url.Values{"access_token": {s.Token}}.Encode(), nil, http.Header{})
	if err != nil || a.status == http.StatusUnauthorized { // which is what was wanted
		return err
	}
	return a.failure()
}

// Fetch brings diaries, fasts and measurements of the days, and the targets.
func (p *Partner) Fetch(ctx context.Context, q source.Ask) (source.Fetched, error) {
	var s partnerSecret
	if err := json.Unmarshal(q.Secret, &s); err != nil {
		return source.Fetched{}, &source.Failure{Class: source.Credentials, Message: "the stored token is none; connect again"}
	}
	var f source.Fetched
	for from := q.Span.From; from <= q.Span.To; from = from.AddDays(PartnerSlice) {
		if err := p.add(ctx, &f, s, "diary_summary", source.Span{From: from, To: min(q.Span.To, from.AddDays(PartnerSlice-1))}); err != nil {
			return f, err
		}
	}
	for _, name := range []string{"fasting_summary", "biometric_summary"} {
		if err := p.add(ctx, &f, s, name, q.Span); err != nil {
			return f, err
		}
	}
	if !q.Latest {
		return f, nil
	}
	return f, p.add(ctx, &f, s, "targets", source.Span{})
}

// Since returns the day on which the account was made, empty where nobody says.
func (p *Partner) Since(ctx context.Context, secret []byte, to record.Date) (record.Date, error) {
	var s partnerSecret
	if err := json.Unmarshal(secret, &s); err != nil {
		return "", &source.Failure{Class: source.Credentials, Message: "the stored token is none; connect again"}
	}
	body, err := p.call(ctx, s, "data_summary", source.Span{From: to, To: to})
	if err != nil {
		return "", err
	}
	if schemas.Check("cronometer/data_summary", body) != nil {
		return "", changed("data_summary is not what it is known to be")
	}
	var summary struct {
		Signup record.Date `json:"signup"`
	}
	err = json.Unmarshal(body, &summary)
	return summary.Signup, err
}

// add asks for one document. Days of which it says nothing have nothing.
func (p *Partner) add(ctx context.Context, f *source.Fetched, s partnerSecret, name string, span source.Span) error {
	body, err := p.call(ctx, s, name, span)
	if err != nil {
		return err
	}
	file := name + ".json"
	if span.From != "" {
		file = fmt.Sprintf("%s %s %s.json", name, span.From, span.To)
	}
	f.Documents = append(f.Documents, document(file, body, span))
	return nil
}

// call asks one method for some days.
func (p *Partner) call(ctx context.Context, s partnerSecret, name string, span source.Span) ([]byte, error) {
	body, err := json.Marshal(struct {
		Start  record.Date `json:"start,omitempty"`
		End    record.Date `json:"end,omitempty"`
		Food   bool        `json:"food,omitempty"`
		Client int64       `json:"client_id,omitempty"`
	}{span.From, span.To, name == "diary_summary", s.Client})
	if err != nil {
		return nil, err
	}
	a, err := ask(ctx, p.client, http.MethodPost, p.base+"/api_v1/"+name, body,
		http.Header{"Authorization": {"Bearer " + s.Token}, "Content-Type": {"application/json"}, "Accept": {"application/json"}})
	if err != nil {
		return nil, err
	}
	switch a.status {
	case http.StatusUnauthorized: // tokens have no end, so this is what a person wanted
		return nil, &source.Failure{Class: source.Revoked, Message: "the access was taken back at Cronometer"}
	case http.StatusForbidden:
		return nil, &source.Failure{Class: source.Credentials, Message: "Cronometer does not let this token see the account"}
	}
	if err := a.failure(); err != nil {
		return nil, err
	}
	switch {
	case a.page():
		return nil, errPage
	case !json.Valid(a.body):
		return nil, changed("Cronometer sent something that is not JSON")
	}
	return a.body, nil
}
