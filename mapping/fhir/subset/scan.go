package subset

import "strings"

// The scanner finds the members of an object without decoding them. What it
// reads was made or checked by us; anything else is an error and nothing worse.

// member is a member of an object: its name as it is written, and its value.
type member struct {
	name  string
	value []byte
}

// bare is the name of the element, also for what stands beside its value.
func (m member) bare() string { return strings.TrimPrefix(m.name, "_") }

// open appends the member's name to an object that has been begun.
func (m member) open(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), m.name...), '"', ':')
}

func (m member) append(b []byte) []byte { return append(m.open(b), m.value...) }

// rewrite appends an object of which each appends what it wants of each member.
func rewrite(b, object []byte, each func(b []byte, m member) ([]byte, error)) ([]byte, error) {
	i := space(object, 0)
	if i >= len(object) || object[i] != '{' {
		return b, errJSON
	}
	b = append(b, '{')
	for i = space(object, i+1); i < len(object) && object[i] != '}'; {
		end := stringEnd(object, i)
		colon := space(object, end)
		if end < 0 || colon >= len(object) || object[colon] != ':' {
			return b, errJSON
		}
		from := space(object, colon+1)
		to := valueEnd(object, from)
		if to <= from {
			return b, errJSON
		}
		var err error
		if b, err = each(b, member{string(object[i+1 : end-1]), object[from:to]}); err != nil {
			return b, err
		}
		if i = next(object, to, '}'); i < 0 {
			return b, errJSON
		}
	}
	return append(b, '}'), nil
}

// rewriteList appends a list to which each appends each element.
func rewriteList(b, list []byte, each func(b, element []byte) ([]byte, error)) ([]byte, error) {
	if len(list) == 0 || list[0] != '[' {
		return b, errJSON
	}
	b = append(b, '[')
	for i := space(list, 1); i < len(list) && list[i] != ']'; {
		to := valueEnd(list, i)
		if to <= i {
			return b, errJSON
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		var err error
		if b, err = each(b, list[i:to]); err != nil {
			return b, err
		}
		if i = next(list, to, ']'); i < 0 {
			return b, errJSON
		}
	}
	return append(b, ']'), nil
}

// next returns where the next element begins, or the closing mark, or -1.
func next(b []byte, i int, closing byte) int {
	i = space(b, i)
	switch {
	case i >= len(b):
		return -1
	case b[i] == ',':
		return space(b, i+1)
	case b[i] == closing:
		return i
	}
	return -1
}

// typeOf returns a resource's type.
func typeOf(doc []byte) (string, error) {
	name := ""
	_, err := rewrite(nil, doc, func(b []byte, m member) ([]byte, error) {
		if m.name != "resourceType" || len(m.value) < 2 {
			return b, nil
		}
		name = string(m.value[1 : len(m.value)-1])
		return b, errFound
	})
	if name != "" {
		return name, nil
	}
	if err == nil {
		err = errJSON
	}
	return "", err
}

// space returns the index of what is no space, from i on; i may be negative
// after an error, which then stays.
func space(b []byte, i int) int {
	if i < 0 {
		return len(b)
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the index behind the text that begins at i, or -1.
func stringEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// valueEnd returns the index behind the value that begins at i, or -1.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i // the end of a number or word
			}
			if depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}
