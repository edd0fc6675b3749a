package push_test

import (
	"bufio"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// childStore names the environment variable that makes the test program a
// gateway over the store that it names, which delivers until it is killed.
const childStore = "NUTRIGATE_TEST_DELIVER_FROM"

func TestMain(m *testing.M) {
	if path := os.Getenv(childStore); path != "" {
		if err := deliverUntilKilled(path); err != nil {
			slog.Error("child", "error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func deliverUntilKilled(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	st, err := sqlite.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	guard := webhook.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	p, err := push.New(push.Deps{
		Store: st, Sender: webhook.New(guard, nil, time.Now), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Poll: 10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString("ready\n"); err != nil {
		return err
	}
	return p.Run(ctx)
}

// killsWanted names the environment variable that says how often the gateway is
// killed: more often than each run of the tests has time for.
const killsWanted = "NUTRIGATE_TEST_KILLS"

func killedDuringDeliveryNothingIsLost(t *testing.T) {
	w := newWorld(t)
	kills := 8
	if text := os.Getenv(killsWanted); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	to, inOrder := newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL, Concurrency: 16})
	w.endpoint(store.Endpoint{URL: inOrder.URL, Ordered: true})
	each := 1200 / kills
	for range kills {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childStore+"="+w.path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatalf("the gateway does not begin: %v", err)
		}
		before := to.count()
		w.announce(each)
		// Somewhere between the first delivery and the last.
		for to.count() == before {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
		if err := w.release(); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.forward(time.Hour) // the others' clock went on
	w.run(w.Store)
	eventually(t, "everything is known to be delivered", func() bool { return w.states()[store.Delivered] == 2*kills*each })
	known := map[string]bool{}
	for _, d := range w.deliveries() {
		known[d.ID] = true
	}
	bodies := map[string]string{}
	for _, r := range to.all() {
		id := r.header.Get("Webhook-Id")
		if !known[id] {
			t.Errorf("an id came that nobody knows: %s", id)
		}
		if body, ok := bodies[id]; ok && body != string(r.body) {
			t.Errorf("%s came with other bytes", id)
		}
		bodies[id] = string(r.body)
	}
	if len(bodies) != kills*each {
		t.Errorf("%d of %d deliveries arrived", len(bodies), kills*each)
	}
	var order []string
	seen := map[string]bool{}
	for _, r := range inOrder.all() {
		if message := r.envelope(t).Message; !seen[message] {
			seen[message] = true
			order = append(order, message)
		}
	}
	if len(order) != kills*each || !grows(order) {
		t.Errorf("%d of %d arrived where the order counts, in their order: %v", len(order), kills*each, grows(order))
	}
	t.Logf("%d requests for %d deliveries, %d kills", to.count(), len(bodies), kills)
}

// release lets the lease of a process that was killed end now.
func (w *world) release() error {
	lanes, err := w.Lanes(w.Context())
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if err := w.Release(w.Context(), l.Holder); err != nil {
			return err
		}
	}
	return nil
}
