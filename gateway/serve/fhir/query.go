package fhir

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"nutrigate/gateway/fault"
)

func withQuery(address string, q url.Values) string {
	if len(q) == 0 {
		return address
	}
	return address + "?" + q.Encode()
}

const (
	formType = "application/x-www-form-urlencoded"
	maxForm  = 64 << 10
)

// addressed returns the parameters of the URL.
func addressed(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the query cannot be read")
	}
	return q, nil
}

// queryOf returns the parameters of the URL and of a posted form.
func queryOf(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		return addressed(r)
	}
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if isEmpty := t == "" && r.ContentLength == 0; !isEmpty && !strings.EqualFold(strings.TrimSpace(t), formType) {
		return nil, fault.New(fault.Unsupported, "a search is posted as %s", formType)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	err := r.ParseForm()
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fault.Wrap(fault.TooLarge, err, "a search may have %d KiB at most", maxForm>>10)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the form cannot be read")
	}
	return r.Form, nil
}

// lenient reports whether the client wants parameters that we do not know to
// be passed over (R4, search.html#errors).
func lenient(r *http.Request) bool {
	for _, p := range strings.FieldsFunc(strings.Join(r.Header.Values("Prefer"), ","), func(c rune) bool { return c == ',' || c == ';' }) {
		if strings.EqualFold(strings.TrimSpace(p), "handling=lenient") {
			return true
		}
	}
	return false
}
