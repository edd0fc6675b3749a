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
		if !gone(c, "heavy") { // the library drops it a moment later
			t.Error("the heavy one is kept")
		}
	})
}

func TestExpiry(t *testing.T) {
	long := kept.New(kept.Options[string, int]{Size: 10, Written: time.Hour})
	long.Set("k", 1)
	if _, ok := long.Get("k"); !ok {
		t.Error("gone at once")
	}
	short := kept.New(kept.Options[string, int]{Size: 10, Written: 30 * time.Millisecond})
	short.Set("k", 1)
	if !gone(short, "k") {
		t.Error("still there long after its time")
	}
}

// gone waits until nothing is kept under the key; false: it still is after a
// minute.
func gone(c *kept.Cache[string, int], key string) bool {
	for range 6000 {
		if _, ok := c.Get(key); !ok {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
