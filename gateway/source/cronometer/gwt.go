package cronometer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"nutrigate/gateway/source"
)

// hashes are what the page's compiler called the parts that calls have to name.
type hashes struct {
	Permutation string `json:"permutation,omitempty"`
	Policy      string `json:"policy,omitempty"`
}

// builtIn is of 2022, and was still taken in 2026 for the calls made here.
var builtIn = hashes{"7B121DC5483BF272B1BC1916DA9FA963", "2D6A926E3729946302DC68073CB0D550"}

var (
	permutationIn = regexp.MustCompile(`='([A-F0-9]{32})'`)
	policyIn      = regexp.MustCompile(`'app','([A-F0-9]{32})'`)
)

// discover finds what the page is called today; false where it does not say.
func (v *visit) discover(ctx context.Context) (hashes, bool) {
	at := v.web.base + "/cronometer/"
	first, err := ask(ctx, v.client, http.MethodGet, at+"cronometer.nocache.js", nil, http.Header{})
	if err != nil || first.failure() != nil {
		return hashes{}, false
	}
	permutation := permutationIn.FindSubmatch(first.body)
	if permutation == nil {
		return hashes{}, false
	}
	second, err := ask(ctx, v.client, http.MethodGet, at+string(permutation[1])+".cache.js", nil, http.Header{})
	if err != nil || second.failure() != nil {
		return hashes{}, false
	}
	policy := policyIn.FindSubmatch(second.body)
	if policy == nil {
		return hashes{}, false
	}
	return hashes{string(permutation[1]), string(policy[1])}, true
}

// next returns hashes that were not refused yet: those of the page, then those
// that the operator gave, then the built-in ones.
func (v *visit) next(ctx context.Context) (hashes, bool) {
	if h, ok := v.discover(ctx); ok && !slices.Contains(v.tried, h) {
		return h, true
	}
	for _, h := range []hashes{v.web.configured, builtIn} {
		if h.Permutation != "" && h.Policy != "" && !slices.Contains(v.tried, h) {
			return h, true
		}
	}
	return hashes{}, false
}

// call makes a GWT-RPC call with so many strings, of which the first three are
// the same for all.
func (v *visit) call(ctx context.Context, method, rest string, texts int) ([]byte, error) {
	for {
		if v.Hashes == (hashes{}) {
			h, ok := v.next(ctx)
			if !ok {
				return nil, changed("Cronometer's page is another one than is known: none of the hashes is taken")
			}
			v.Hashes = h
		}
		body, err := v.post(ctx, method, rest, texts)
		e, ok := errors.AsType[*exception](err)
		if !ok || !e.outOfDate() {
			return body, err
		}
		v.tried, v.Hashes = append(v.tried, v.Hashes), hashes{}
	}
}

func (v *visit) post(ctx context.Context, method, rest string, texts int) ([]byte, error) {
	const module = Base + "/cronometer/" // whatever host answers in its place
	body := fmt.Sprintf("7|0|%d|%s|%s|com.cronometer.shared.rpc.CronometerService|%s|%s", texts, module, v.Hashes.Policy, method, rest)
	a, err := ask(ctx, v.client, http.MethodPost, v.web.base+"/cronometer/app", []byte(body), http.Header{
		"Content-Type": {"text/x-gwt-rpc; charset=UTF-8"}, "X-Gwt-Module-Base": {module}, "X-Gwt-Permutation": {v.Hashes.Permutation},
	})
	if err != nil {
		return nil, err
	}
	if err := a.failure(); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(a.body, []byte("//OK[")):
		return a.body, nil
	case bytes.HasPrefix(a.body, []byte("//EX[")):
		return nil, exceptionIn(a.body)
	case a.page():
		return nil, errPage
	}
	return nil, changed("Cronometer's service answers in a form that is not known")
}

// An exception is what the service threw, which comes with the status 200. Only
// the name of its class is kept.
type exception struct{ class string }

func (e *exception) Error() string { return "Cronometer threw " + e.class }

var className = regexp.MustCompile(`"(?:[A-Za-z0-9_]+\.)+([A-Za-z0-9_]+)/\d+"`)

func exceptionIn(body []byte) *exception {
	if class := className.FindSubmatch(body); class != nil {
		return &exception{string(class[1])}
	}
	return &exception{"something without a name"}
}

func (e *exception) loggedOut() bool { return e.class == "NotLoggedInException" }

func (e *exception) outOfDate() bool { return e.class == "IncompatibleRemoteServiceException" }

// told makes a failure of an exception that nothing can be done about.
func told(err error) error {
	e, ok := errors.AsType[*exception](err)
	switch {
	case !ok:
		return err
	case e.loggedOut():
		return errLogInAgain
	}
	return &source.Failure{Class: source.FormatChanged, Message: "Cronometer's service refuses a call that it used to take", Cause: e}
}
