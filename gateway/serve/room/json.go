package room

import (
	"bytes"
	"encoding/json"
	"fmt"

	"nutrigate/gateway/represent"
)

// JSON returns a page with v as JSON, without HTML escapes.
func JSON(mediaType string, v any) (*represent.Page, error) {
	body, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	return represent.NewPage(mediaType, body), nil
}

// Marshal is json.Marshal without HTML escapes.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
