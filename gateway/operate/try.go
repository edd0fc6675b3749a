package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Try lets an event that says nothing be sent to the tenant's endpoint, and
// returns the reference that the delivery has. Of an endpoint that is not
// enabled it is a Conflict.
func Try(ctx context.Context, st Store, tenant, id string, now time.Time) (reference string, err error) {
	e, err := st.Endpoint(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	if e.State != store.Enabled {
		return "", fault.New(fault.Conflict, "the endpoint is not enabled: enable it first")
	}
	detail, err := json.Marshal(store.Operation{At: now.UTC(), Endpoint: id})
	if err != nil {
		return "", fmt.Errorf("make a test event: %w", err)
	}
	reference = "test_" + uuid.NewString()
	return reference, st.AppendEvent(ctx, store.Event{Tenant: tenant, Type: store.EndpointTest, Detail: detail, Reference: reference})
}
