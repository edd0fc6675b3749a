// Package listen is a receiver of webhooks for people who set one up: it
// verifies each as it comes, and says what it is and why it would be refused.
package listen

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"nutrigate/gateway/push"
)

// Options is how a receiver behaves; Out and Now are required.
type Options struct {
	Out io.Writer
	Now func() time.Time
	// Secret is the endpoint's signing secret; without it nothing is verified.
	Secret string
	// Bodies prints bodies too. They hold health values.
	Bodies bool
	// Status is answered to everything, where it is not 0; Delay waits first.
	Status int
	Delay  time.Duration
}

// maxBody is more than any delivery has: one holds 10 MB at most.
const maxBody = 32 << 20

// A Listener is the receiver; it is an http.Handler, safe for concurrent use.
type Listener struct {
	Options
	mu                       sync.Mutex // guards what follows, and Out
	seen                     seen
	received, genuine, again int
}

// New returns a receiver.
func New(o Options) *Listener { return &Listener{Options: o, seen: newSeen(maxSeen)} }

// ServeHTTP takes one delivery: 200 if it verifies or nobody gave a secret,
// 401 if no signature does. The lines about it are printed at once.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		l.broken(w, r, err)
		return
	}
	var verdicts []push.Verdict
	if l.Secret != "" {
		verdicts = push.Verify(l.Secret, r.Header, body, l.Now())
	}
	status := l.Status
	switch {
	case status != 0:
	case verdicts == nil || push.Genuine(verdicts):
		status = http.StatusOK
	default:
		status = http.StatusUnauthorized
	}
	l.print(r, body, verdicts, status)
	l.answer(w, r, status)
}

// answer waits as asked, unless the sender has gone or gives up.
func (l *Listener) answer(w http.ResponseWriter, r *http.Request, status int) {
	if l.Delay > 0 {
		timer := time.NewTimer(l.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	w.WriteHeader(status)
}

func (l *Listener) broken(w http.ResponseWriter, r *http.Request, err error) {
	status, why := http.StatusBadRequest, "the body broke off"
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		status, why = http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d MiB", maxBody>>20)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received++
	fmt.Fprintf(l.Out, "%s %s %d: %s\n", l.Now().Format(time.TimeOnly), plain(r.Method), status, why)
	w.WriteHeader(status)
}

// print writes about one delivery, without lines of another between.
func (l *Listener) print(r *http.Request, body []byte, verdicts []push.Verdict, status int) {
	about := describe(r.Header, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received++
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", l.Now().Format(time.TimeOnly), about.line())
	if id := about.id; id != "" && l.seen.again(id) {
		l.again++
		b.WriteString(", again")
	}
	fmt.Fprintf(&b, ", answered %d\n", status)
	for _, ids := range about.ids {
		fmt.Fprintf(&b, "  %s\n", ids)
	}
	if verdicts == nil {
		b.WriteString("  not verified: no --secret\n")
	}
	if push.Genuine(verdicts) {
		l.genuine++
	}
	for _, v := range verdicts {
		if v.Err != nil {
			fmt.Fprintf(&b, "  %s FAILED: %v\n", v.Header, v.Err)
			continue
		}
		fmt.Fprintf(&b, "  %s verified\n", v.Header)
	}
	if l.Bodies {
		fmt.Fprintf(&b, "%s\n", printable(string(body)))
	}
	_, _ = io.WriteString(l.Out, b.String()) // a terminal that is gone: nobody is left to tell
}

// Summary is one line about all that came.
func (l *Listener) Summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d received, %d verified, %d again", l.received, l.genuine, l.again)
}
