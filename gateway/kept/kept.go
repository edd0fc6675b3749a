// Package kept keeps results in memory, up to a bound. It is the one package
// that knows the cache library: that library's generic code is large, and would
// be compiled again in each package that names another type of it.
package kept

import (
	"time"

	"github.com/maypok86/otter/v2"
)

// Options bound what is kept; those that are zero bound nothing.
type Options[K comparable, V any] struct {
	// Size is how many values are kept.
	Size int
	// Weight is how much all values weigh together, by Weigh.
	Weight uint64
	Weigh  func(K, V) uint32
	// Written is how long a value is kept after it was set, Read after it was
	// last set or asked for; at most one of the two.
	Written, Read time.Duration
}

// A Cache keeps values by key; the least useful go first. It is safe for
// concurrent use.
type Cache[K comparable, V any] struct{ in memory }

// memory is the library's cache, for keys and values of any type.
type memory interface {
	GetIfPresent(key any) (any, bool)
	Set(key, value any) (any, bool)
	SetIfAbsent(key, value any) (any, bool)
}

// New returns an empty cache.
func New[K comparable, V any](o Options[K, V]) *Cache[K, V] {
	var weigh func(key, value any) uint32
	if o.Weigh != nil {
		weigh = func(key, value any) uint32 { return o.Weigh(key.(K), value.(V)) }
	}
	return &Cache[K, V]{newMemory(o.Size, o.Weight, weigh, o.Written, o.Read)}
}

func newMemory(size int, weight uint64, weigh func(key, value any) uint32, written, read time.Duration) memory {
	o := &otter.Options[any, any]{MaximumSize: size, MaximumWeight: weight, Weigher: weigh}
	switch {
	case written > 0:
		o.ExpiryCalculator = otter.ExpiryWriting[any, any](written)
	case read > 0:
		o.ExpiryCalculator = otter.ExpiryAccessing[any, any](read)
	}
	return otter.Must(o)
}

// Get returns the value that is kept under a key, and false if there is none.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	value, ok := c.in.GetIfPresent(key)
	if !ok {
		var none V
		return none, false
	}
	return value.(V), true
}

// Set keeps a value in place of any other.
func (c *Cache[K, V]) Set(key K, value V) { c.in.Set(key, value) }

// SetIfAbsent keeps a value if there is none, and returns the one that is kept.
func (c *Cache[K, V]) SetIfAbsent(key K, value V) V {
	there, _ := c.in.SetIfAbsent(key, value)
	return there.(V)
}
