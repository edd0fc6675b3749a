package terra

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a JSON object whose fields a table names; they keep the order in
// which they were set. An empty object is {}.
type object []member

type member struct {
	name  string
	value any
}

// put sets the field at a path of names between dots, and reports whether it
// was free; a field that was set gets the new value.
func (o *object) put(path string, value any) (free bool) {
	name, rest, deeper := strings.Cut(path, ".")
	m := o.field(name)
	if deeper {
		inner, ok := m.value.(*object)
		if !ok {
			inner = &object{}
			m.value = inner
		}
		return inner.put(rest, value)
	}
	free = m.value == nil
	m.value = value
	return free
}

// push appends an element to the list at a path.
func (o *object) push(path string, element *object) {
	list, _ := o.get(path).([]*object)
	o.put(path, append(list, element))
}

func (o *object) get(path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	value := o.field(name).value
	if inner, ok := value.(*object); ok && deeper {
		return inner.get(rest)
	}
	if deeper {
		return nil
	}
	return value
}

// field finds a field or adds it without a value.
func (o *object) field(name string) *member {
	for i := range *o {
		if (*o)[i].name == name {
			return &(*o)[i]
		}
	}
	*o = append(*o, member{name: name})
	return &(*o)[len(*o)-1]
}

// MarshalJSON writes the fields in order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, m := range o {
		value, err := encode(m.value)
		if err != nil {
			return nil, err
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, m.name...) // a name of a table: plain letters
		b = append(b, '"', ':')
		b = append(b, value...)
	}
	return append(b, '}'), nil
}

// encode is json.Marshal without HTML escapes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
