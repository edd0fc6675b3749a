package store

import "time"

// A Key is what the store tells of a tenant's key; the key itself is kept nowhere.
type Key struct {
	Tenant, DevID string
	// ID names the key, in order to revoke it. It tells nothing of the key.
	ID string
	// Prefix is how the key begins, so that its owner knows which it is; empty
	// for keys that the gateway did not make.
	Prefix  string
	Created time.Time
}
