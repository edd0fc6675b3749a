package push_test

import (
	"bytes"
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
	"nutrigate/mapping/record"
)

const (
	benchConcurrency = 16
	benchBytes       = 4096 // a day's nutrition with a few servings
)

// counter answers every request, and tells when there have been as many as are
// expected.
type counter struct {
	*httptest.Server
	left atomic.Int64
	all  chan struct{}
}

func newCounter(b *testing.B) *counter {
	b.Helper()
	c := &counter{all: make(chan struct{}, 1)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if c.left.Add(-1) == 0 {
			c.all <- struct{}{}
		}
	}))
	b.Cleanup(c.Close)
	return c
}

func benchBody() []byte { return []byte(`{"data":"` + strings.Repeat("x", benchBytes) + `"}`) }

// BenchmarkDeliver sends deliveries from the queue, until the store knows that
// all of them have arrived. Compare it with BenchmarkBarePost.
func BenchmarkDeliver(b *testing.B) {
	to := newCounter(b)
	w := newWorld(b)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
	w.deliver(b, e, to)
}

// deliver measures b.N deliveries to the endpoint.
func (w *world) deliver(b *testing.B, e store.Endpoint, to *counter) {
	to.left.Store(int64(b.N))
	w.enqueue(e, b.N, w.clock.now())
	b.ResetTimer()
	stop := w.run(w.Store)
	<-to.all
	w.settled(e)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	stop()
}

// BenchmarkBesideWaiting delivers and imports while nothing else waits, and while
// a million deliveries wait for their next attempt.
func BenchmarkBesideWaiting(b *testing.B) {
	for name, waiting := range map[string]int{"none": 0, "a-million": 1_000_000} {
		b.Run(name, func(b *testing.B) {
			to := newCounter(b)
			w := newWorld(b)
			e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
			for range waiting / 10_000 {
				w.enqueueAs(e, 10_000, w.clock.now().Add(24*time.Hour), []byte(`{}`))
			}
			b.Run("deliver", func(b *testing.B) { w.deliver(b, e, to) })
			day := record.Date("2026-01-01")
			b.Run("import", func(b *testing.B) {
				for range b.N {
					w.eat(day, "Apple", "Bread", "Cheese", "Dates", "Egg")
					day = day.AddDays(1)
				}
			})
		})
	}
}

// BenchmarkBarePost is the same requests without a queue.
func BenchmarkBarePost(b *testing.B) {
	to := newCounter(b)
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
				sender.Send(ctx, http.MethodPost, to.URL, h, body)
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
// after its event the slowest but one in a hundred arrives; then how long a bare
// request takes as often as that.
func BenchmarkPublishToReceived(b *testing.B) {
	w := newWorld(b)
	to := newReceiver(b, nil)
	w.endpoint(store.Endpoint{URL: to.URL, Concurrency: benchConcurrency})
	stop := w.run(w.Store)
	published := make([]time.Time, b.N)
	b.ResetTimer()
	often(b.N, func(i int) {
		published[i] = time.Now()
		e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "processing", Detail: []byte(`{"message":"` + strconv.Itoa(i) + `"}`)}
		if err := w.AppendEvent(b.Context(), e); err != nil {
			b.Error(err)
		}
	})
	for to.count() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	stop()
	var took []time.Duration
	for _, r := range to.all() {
		i, err := strconv.Atoi(r.envelope(b).Message)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, r.at.Sub(published[i]))
	}
	b.ReportMetric(percentile(took, 99), "p99-ms")
	b.ReportMetric(percentile(took, 50), "p50-ms")
	b.ReportMetric(percentile(barePosts(b.N, to.URL, to.all()[0].body), 99), "bare-p99-ms")
}

// often calls 200 times a second, n times in all.
func often(n int, call func(i int)) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		call(i)
	}
}

// barePosts are the times of n requests, each from its beginning to its answer.
func barePosts(n int, url string, body []byte) []time.Duration {
	took := make([]time.Duration, n)
	var posting sync.WaitGroup
	often(n, func(i int) {
		began := time.Now()
		posting.Go(func() {
			answer, err := http.Post(url, "application/json", bytes.NewReader(body))
			if err == nil {
				answer.Body.Close()
			}
			took[i] = time.Since(began)
		})
	})
	posting.Wait()
	return took
}

// percentile returns milliseconds.
func percentile(took []time.Duration, n int) float64 {
	slices.Sort(took)
	return float64(took[len(took)*n/100].Microseconds()) / 1000
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
