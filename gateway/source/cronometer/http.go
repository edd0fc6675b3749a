// Package cronometer fetches from Cronometer: over its API for partners, and by
// the web export of the person's own account.
//
// Nothing that it gets is logged or put into an error. Answers are bounded,
// also after they are unpacked.
package cronometer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"nutrigate/gateway/source"
)

// Base is where Cronometer is.
const Base = "https://cronometer.com"

const (
	// maxAnswer bounds an answer. Ninety days of servings with all their
	// nutrients take some 2 MiB.
	maxAnswer = 32 << 20
	// patience is how long one answer may take, to its end.
	patience = time.Minute
)

// An answer is what came back, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request and reads the answer to its end. The error is a
// *source.Failure, except when ctx ends.
func ask(ctx context.Context, client *http.Client, method, url string, body []byte, header http.Header) (answer, error) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(within, method, url, bytes.NewReader(body))
	if err != nil { // whose text has the address, and in it a token
		return answer{}, errors.New("the address of Cronometer is none")
	}
	req.Header = header
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, unreached(ctx, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, unreached(ctx, err)
	case len(text) > maxAnswer:
		return answer{}, changed(fmt.Sprintf("Cronometer sent more than %d MiB where some kilobytes were due", maxAnswer>>20))
	}
	return answer{resp.StatusCode, resp.Header, text}, nil
}

// unreached is the failure of a request that had no whole answer. The library's
// own text has the address, which has tokens in it, so it is not kept.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	reason := "Cronometer cannot be reached, or its answer broke off"
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "Cronometer does not answer in time"
	}
	return &source.Failure{Class: source.Down, Message: reason}
}

func changed(message string) error {
	return &source.Failure{Class: source.FormatChanged, Message: message}
}

// status returns the failure that a status stands for, nil for success. What
// 401 and 403 mean depends on the route.
func (a *answer) failure() error {
	switch {
	case a.status >= 200 && a.status < 300:
		return nil
	case a.status == http.StatusTooManyRequests:
		return &source.Failure{Class: source.Throttled, Message: "Cronometer was asked too often", After: a.after()}
	case a.status >= 500:
		return &source.Failure{Class: source.Down, Message: fmt.Sprintf("Cronometer has an error of its own (%d)", a.status), After: a.after()}
	}
	return changed(fmt.Sprintf("Cronometer answers a request that it used to take with %d", a.status))
}

// after reads Retry-After in seconds.
func (a *answer) after() time.Duration {
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// page reports whether a page came where data was due.
func (a *answer) page() bool {
	return bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

var errPage = &source.Failure{Class: source.FormatChanged, Message: "Cronometer sent a page where data was due; it may be under maintenance"}

// document is an answer as a document.
func document(name string, body []byte, covers source.Span) source.Document {
	return source.Document{
		Name: name, Size: int64(len(body)), Covers: covers,
		Open: func() (io.ReadSeekCloser, error) { return reader{bytes.NewReader(body)}, nil },
	}
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }
