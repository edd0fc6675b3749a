package fhir

import (
	"encoding/json"
	"fmt"
)

// A Parameter is one of a Parameters resource, its value as a search writes it:
// an identifier is system|value.
type Parameter struct{ Name, Value string }

// DecodeParameters reads the parameters of which the value is a text, a number,
// a truth value or an Identifier. The document has to have passed Check.
func DecodeParameters(body []byte) ([]Parameter, error) {
	var doc struct {
		Parameter []map[string]json.RawMessage `json:"parameter"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("decode parameters: %w", err)
	}
	var all []Parameter
	for _, p := range doc.Parameter {
		var one Parameter
		for name, raw := range p {
			switch {
			case name == "name":
				if err := json.Unmarshal(raw, &one.Name); err != nil {
					return nil, fmt.Errorf("decode a parameter's name: %w", err)
				}
			case len(name) > len("value") && name[:len("value")] == "value":
				var err error
				if one.Value, err = parameterValue(name, raw); err != nil {
					return nil, err
				}
			}
		}
		all = append(all, one)
	}
	return all, nil
}

func parameterValue(name string, raw json.RawMessage) (string, error) {
	switch {
	case name == "valueIdentifier":
		var id struct{ System, Value string }
		if err := json.Unmarshal(raw, &id); err != nil {
			return "", fmt.Errorf("decode an identifier: %w", err)
		}
		if id.System == "" {
			return id.Value, nil
		}
		return id.System + "|" + id.Value, nil
	case len(raw) > 0 && raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", fmt.Errorf("decode a parameter's value: %w", err)
		}
		return s, nil
	case len(raw) > 0 && (raw[0] == '{' || raw[0] == '['):
		return "", fmt.Errorf("a %s is no value of a parameter here", name)
	}
	return string(raw), nil
}
