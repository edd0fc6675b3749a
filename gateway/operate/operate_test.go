package operate_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

const url = "https://example.org/hook"

var now = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	for _, tenant := range []string{"clinic", "other"} {
		if err := st.PutTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// public lets everything be called but one host.
func public(_ context.Context, address string) error {
	if strings.Contains(address, "10.0.0.1") {
		return fault.BadParam("url", "url: it may not be called")
	}
	return nil
}

func change(t *testing.T, text string) operate.Change {
	t.Helper()
	var c operate.Change
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEndpoints(t *testing.T) {
	st, ctx := open(t), t.Context()
	made, err := operate.Create(ctx, st, public, "clinic", change(t, `{"url":"`+url+`","types":["body"],"schedule":["30s","5m"],"timeout":"8s","ordered":true}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("is made with a secret and what was said", func(t *testing.T) {
		if !strings.HasPrefix(made.Secret, "whsec_") || made.Timeout != "8s" || made.Schedule.String() != "30s,5m" || !made.Ordered || made.State != "enabled" {
			t.Errorf("%+v", made)
		}
	})
	t.Run("a change leaves what it does not name", func(t *testing.T) {
		got, err := operate.Update(ctx, st, public, "clinic", made.ID, change(t, `{"state":"paused","types":[]}`))
		if err != nil || got.State != "paused" || got.Reason == "" || len(got.Types) != 0 || got.URL != url || got.Timeout != "8s" || !got.Ordered {
			t.Errorf("%+v, %v", got, err)
		}
		if got.Secret != "" {
			t.Error("the secret is told again")
		}
		got, err = operate.Update(ctx, st, public, "clinic", made.ID, change(t, `{"state":"enabled"}`))
		if err != nil || got.State != "enabled" || got.Reason != "" {
			t.Errorf("enabled again: %+v, %v", got, err)
		}
	})
	t.Run("a rotation tells a new secret", func(t *testing.T) {
		got, err := operate.Rotate(ctx, st, "clinic", made.ID, "1h")
		if err != nil || got.Secret == made.Secret || !strings.HasPrefix(got.Secret, "whsec_") {
			t.Errorf("%v", err)
		}
	})
	for name, err := range map[string]error{
		"no address":                    second(operate.Create(ctx, st, public, "clinic", operate.Change{})),
		"an address that may not be":    second(operate.Create(ctx, st, public, "clinic", change(t, `{"url":"https://10.0.0.1/"}`))),
		"one that may not be, later":    second(operate.Update(ctx, st, public, "clinic", made.ID, change(t, `{"url":"https://10.0.0.1/"}`))),
		"a timeout that is none":        second(operate.Create(ctx, st, public, "clinic", change(t, `{"url":"`+url+`","timeout":"soon"}`))),
		"a type that there is not":      second(operate.Create(ctx, st, public, "clinic", change(t, `{"url":"`+url+`","types":["mood"]}`))),
		"to hold what is new":           second(operate.Create(ctx, st, public, "clinic", change(t, `{"url":"`+url+`","held":"all"}`))),
		"a word for what is held":       second(operate.Update(ctx, st, public, "clinic", made.ID, change(t, `{"held":"some"}`))),
		"what is held, while paused":    second(operate.Update(ctx, st, public, "clinic", made.ID, change(t, `{"state":"paused","held":"all"}`))),
		"a rotation for ever":           second(operate.Rotate(ctx, st, "clinic", made.ID, "10000h")),
		"a rotation with a time of old": second(operate.Rotate(ctx, st, "clinic", made.ID, "yesterday")),
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%v", err)
			}
		})
	}
	for name, err := range map[string]error{
		"changes":   second(operate.Update(ctx, st, public, "other", made.ID, operate.Change{})),
		"rotates":   second(operate.Rotate(ctx, st, "other", made.ID, "")),
		"makes one": second(operate.Create(ctx, st, public, "nobody", change(t, `{"url":"`+url+`"}`))),
	} {
		t.Run("nobody else "+name, func(t *testing.T) {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v", err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestSchedule(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`"standard"`, "5s,5m,30m,2h,5h,10h,14h,20h,24h"},
		{`"terra"`, "30s,1m,2m,4m,8m,16m,32m,1h4m,2h8m,4h16m"},
		{`"30s, 5m,90m"`, "30s,5m,1h30m"},
		{`["1s","1m30s"]`, "1s,1m30s"},
	} {
		t.Run(c.text, func(t *testing.T) {
			var s operate.Schedule
			if err := json.Unmarshal([]byte(c.text), &s); err != nil {
				t.Fatal(err)
			}
			if s.String() != c.want || s[0] != 0 {
				t.Errorf("%s, want %s", s, c.want)
			}
			text, err := json.Marshal(s)
			var again operate.Schedule
			if err != nil || json.Unmarshal(text, &again) != nil || again.String() != c.want {
				t.Errorf("written %s, read %s", text, again)
			}
		})
	}
	for _, bad := range []string{`""`, `"soon"`, `"30s,"`, `["-1s"]`, `5`, `[5]`} {
		t.Run("refuses "+bad, func(t *testing.T) {
			var s operate.Schedule
			if err := json.Unmarshal([]byte(bad), &s); err == nil {
				t.Errorf("read %v", s)
			}
		})
	}
}

func TestParseInstant(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":                          {},
		"2026-01-31":                time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31T08:00:00+01:00": time.Date(2026, 1, 31, 7, 0, 0, 0, time.UTC),
		"90m":                       now.Add(-90 * time.Minute),
	} {
		if got, err := operate.ParseInstant("since", text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, bad := range []string{"-1h", "yesterday", "31.1.2026"} {
		if _, err := operate.ParseInstant("since", bad, now); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "since") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDeliveriesThatAreNot(t *testing.T) {
	st, ctx := open(t), t.Context()
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
	}{
		"a replay of nothing at all":     {second(operate.Replay(ctx, st, "clinic", operate.Choice{}, now)), fault.Invalid},
		"a replay of a state":            {second(operate.Replay(ctx, st, "clinic", operate.Choice{State: "lost"}, now)), fault.Invalid},
		"a replay since a bad time":      {second(operate.Replay(ctx, st, "clinic", operate.Choice{Since: "then"}, now)), fault.Invalid},
		"a replay of none":               {second(operate.Replay(ctx, st, "clinic", operate.Choice{ID: "x"}, now)), fault.NotFound},
		"a list until a bad time":        {second(operate.List(ctx, st, "clinic", operate.Choice{Until: "then"}, now, "", 0)), fault.Invalid},
		"one that is none":               {second(operate.Show(ctx, st, "clinic", "x")), fault.NotFound},
		"a list of a tenant without any": {second(operate.List(ctx, st, "clinic", operate.Choice{State: store.Held}, now, "", 0)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.kind == "" && c.err != nil || c.kind != "" && fault.KindOf(c.err) != c.kind {
				t.Errorf("%v, want %q", c.err, c.kind)
			}
		})
	}
}
