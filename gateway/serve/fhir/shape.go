package fhir

import (
	"net/url"

	"nutrigate/gateway/shelf"
)

// A shaper makes of a resource what the client wants to see of it.
type shaper func(resource []byte) ([]byte, error)

// shapeOf takes the parameters that say what is shown of resources out of q;
// nil: all of it.
func shapeOf(_ *shelf.Type, _ url.Values, _ *controls) (shaper, error) { return nil, nil }
