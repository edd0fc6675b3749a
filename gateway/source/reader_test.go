package source_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"nutrigate/gateway/source"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// diary is a document of a source whose documents begin with its name.
type diary struct{ kind string }

func (d *diary) Kind() string                 { return d.kind }
func (d *diary) Days() []record.Date          { return nil }
func (d *diary) SortByDay()                   {}
func (d *diary) Next() (mapping.Batch, error) { return mapping.Batch{}, io.EOF }
func (d *diary) Rows() int                    { return 0 }
func (d *diary) Issues() []mapping.Issue      { return nil }

// reads is the reader of such a source. What follows the name is the kind, and
// "broken" is none.
func reads(name string) source.Reader {
	return source.From(func(file string, body io.ReadSeeker, _ mapping.Reading) (*diary, error) {
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		kind, known := strings.CutPrefix(string(text), name+" ")
		switch {
		case !known:
			return nil, &mapping.ReadError{File: file, Reason: "no diary of " + name, Foreign: true}
		case kind == "broken":
			return nil, &mapping.ReadError{File: file, Reason: "broken"}
		}
		return &diary{kind}, nil
	})
}

func TestFirstOf(t *testing.T) {
	read := source.FirstOf(reads("apple"), reads("pear"))
	for name, c := range map[string]struct{ text, kind, reason string }{
		"the first that knows a document reads it":        {"apple sleep", "sleep", ""},
		"what is foreign to one goes whole to the next":   {"pear notes", "notes", ""},
		"a broken document is told of by whom it is of":   {"pear broken", "", "f: broken"},
		"what nobody knows is told of as the first does":  {"plum notes", "", "f: no diary of apple"},
		"an empty document is told of as the first does":  {"", "", "f: no diary of apple"},
		"a broken one of the first goes to nobody else":   {"apple broken", "", "f: broken"},
		"a kind is what the source calls it, also spaces": {"pear a b", "a b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := read("f", strings.NewReader(c.text), mapping.Reading{})
			if c.reason != "" {
				if _, ok := errors.AsType[*mapping.ReadError](err); !ok || err.Error() != c.reason || e != nil {
					t.Errorf("got %v, %v", e, err)
				}
				return
			}
			if err != nil || e.Kind() != c.kind {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
	t.Run("a failure to read is nobody's verdict", func(t *testing.T) {
		broken := errors.New("broken")
		e, err := read("f", failing{broken}, mapping.Reading{})
		if e != nil || !errors.Is(err, broken) {
			t.Errorf("got %v, %v", e, err)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)       { return 0, f.err }
func (f failing) Seek(int64, int) (int64, error) { return 0, nil }
