package push_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/store"
)

const (
	benchConcurrency = 16
	benchBytes       = 4096 // a day's nutrition with a few servings
)

// counter answers every request, and tells when there have been n.
type counter struct {
	*httptest.Server
	n    atomic.Int64
	want int64
	all  chan struct{}
}

func newCounter(b *testing.B, want int) *counter {
	b.Helper()
	c := &counter{want: int64(want), all: make(chan struct{})}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if c.n.Add(1) == c.want {
			close(c.all)
		}
	}))
	b.Cleanup(c.Close)
	return c
}

func benchBody() []byte { return []byte(`{"data":"` + strings.Repeat("x", benchBytes) + `"}`) }

// BenchmarkDeliver sends deliveries from the queue, until the store knows that
// all of them have arrived. Compare it with BenchmarkBarePost.
func BenchmarkDeliver(b *testing.B) {
	to := newCounter(b, b.N)
	w := newWorld(b)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
	w.enqueue(e, b.N, w.clock.now())
	b.ResetTimer()
	w.run(w.Store)
	<-to.all
	w.settled(e)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkDeliverBesideAMillion is BenchmarkDeliver with a million deliveries
// more that wait for their next attempt.
func BenchmarkDeliverBesideAMillion(b *testing.B) {
	to := newCounter(b, b.N)
	w := newWorld(b)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
	for range 100 {
		w.enqueueAs(e, 10_000, w.clock.now().Add(time.Hour), []byte(`{}`))
	}
	w.enqueue(e, b.N, w.clock.now())
	b.ResetTimer()
	w.run(w.Store)
	<-to.all
	w.settled(e)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkBarePost is the same requests without a queue.
func BenchmarkBarePost(b *testing.B) {
	to := newCounter(b, b.N)
	sender := webhook.New(webhook.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}), nil, time.Now)
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		b.Fatal(err)
	}
	body := benchBody()
	var posting sync.WaitGroup
	todo := make(chan int)
	b.ResetTimer()
	for range benchConcurrency {
		posting.Go(func() {
			for i := range todo {
				now := time.Now()
				id := "msg_" + strconv.Itoa(i)
				signature, _ := hook.Sign(id, now, body)
				seconds := strconv.FormatInt(now.Unix(), 10)
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write([]byte(seconds + "."))
				mac.Write(body)
				h := http.Header{
					"Webhook-Id": {id}, "Webhook-Timestamp": {seconds}, "Webhook-Signature": {signature},
					"Terra-Signature": {"t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))}, "Content-Type": {"application/json"},
				}
				ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
				sender.Send(ctx, to.URL, h, body)
				cancel()
			}
		})
	}
	for i := range b.N {
		todo <- i
	}
	close(todo)
	posting.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkPublishToReceived appends 200 events a second, and tells how long
// after its event the slowest but one in a hundred arrives.
func BenchmarkPublishToReceived(b *testing.B) {
	w := newWorld(b)
	to := newReceiver(b, nil)
	w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
	w.run(w.Store)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	published := make([]time.Time, b.N)
	b.ResetTimer()
	for i := range b.N {
		<-tick.C
		published[i] = time.Now()
		e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "processing", Detail: []byte(`{"message":"` + strconv.Itoa(i) + `"}`)}
		if err := w.AppendEvent(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	for to.count() < b.N {
		time.Sleep(time.Millisecond)
	}
	var took []time.Duration
	for _, r := range to.all() {
		i, err := strconv.Atoi(r.envelope(b).Message)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, r.at.Sub(published[i]))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// enqueue stores n deliveries for the endpoint, without events.
func (w *world) enqueue(e store.Endpoint, n int, at time.Time) { w.enqueueAs(e, n, at, benchBody()) }

func (w *world) enqueueAs(e store.Endpoint, n int, at time.Time, body []byte) {
	w.Helper()
	if err := w.Lease(w.Context(), "test", w.clock.now()); err != nil { // which ends at once
		w.Fatal(err)
	}
	parcels := make([]store.Parcel, n)
	for i := range parcels {
		id := "msg_" + strconv.FormatInt(time.Now().UnixNano(), 10) + "-" + strconv.Itoa(i)
		parcels[i] = store.Parcel{
			Delivery:  store.Delivery{ID: id, User: w.user.ID, Type: "nutrition", Created: at, TraceID: id, Reference: id},
			MediaType: "application/json", Body: body,
		}
	}
	lanes, err := w.Lanes(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, l := range lanes {
		if l.ID != e.ID {
			continue
		}
		err := w.Emit(w.Context(), store.Emission{Tenant: e.Tenant, Endpoint: e.ID, Holder: "test", From: l.Seq, To: l.Seq, Parcels: parcels})
		if err != nil {
			w.Fatal(err)
		}
	}
}

// settled waits until the store knows of every delivery to the endpoint.
func (w *world) settled(e store.Endpoint) {
	w.Helper()
	for {
		due, _, err := w.Due(w.Context(), e.Tenant, e.ID, func(string) bool { return false }, 1)
		if err != nil {
			w.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
