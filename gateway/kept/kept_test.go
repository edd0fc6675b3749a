package kept_test

import (
	"testing"
	"time"

	"nutrigate/gateway/kept"
)

type key struct{ tenant, user string }

func TestCache(t *testing.T) {
	t.Run("returns what was set, and nothing for another key", func(t *testing.T) {
		c := kept.New(kept.Options[key, []int]{Size: 10})
		c.Set(key{"a", "b"}, []int{1})
		if got, ok := c.Get(key{"a", "b"}); !ok || len(got) != 1 {
			t.Errorf("got %v, %v", got, ok)
		}
		if got, ok := c.Get(key{"ab", ""}); ok || got != nil {
			t.Errorf("got %v, %v", got, ok)
		}
	})
	t.Run("keeps the first of two that are set if absent", func(t *testing.T) {
		c := kept.New(kept.Options[string, int]{Size: 10})
		if first, second := c.SetIfAbsent("k", 1), c.SetIfAbsent("k", 2); first != 1 || second != 1 {
			t.Errorf("got %d and %d", first, second)
		}
	})
	t.Run("does not keep what outweighs it", func(t *testing.T) {
		c := kept.New(kept.Options[string, int]{Weight: 10, Weigh: func(_ string, v int) uint32 { return uint32(v) }})
		c.Set("light", 3)
		c.Set("heavy", 11)
		time.Sleep(50 * time.Millisecond) // the library drops it a moment later
		if _, ok := c.Get("heavy"); ok {
			t.Error("the heavy one is kept")
		}
	})
}

func TestExpiry(t *testing.T) {
	c := kept.New(kept.Options[string, int]{Size: 10, Written: 30 * time.Millisecond})
	c.Set("k", 1)
	if _, ok := c.Get("k"); !ok {
		t.Error("gone at once")
	}
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		if _, ok := c.Get("k"); !ok {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("still there long after its time")
}
