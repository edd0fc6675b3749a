package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// Terra writes one file for each data type, nutrition.json and so on, each an
// answer of the API. As one stream it is an object that has each answer under
// its type.
func Terra() Target {
	return Target{format: terra.Format{Samples: true}, pack: packTerra, stream: streamTerra}
}

// terraTypes are the data types with files; an athlete's answer has no data.
var terraTypes = [...]string{"nutrition", "body", "activity", "sleep", "daily"}

// envelopes are the answers being written, by type.
type envelopes map[string]*envelope

type envelope struct {
	*output
	tail  []byte
	count int
}

func packTerra(dir string, who record.Subject) (packer, error) {
	all := envelopes{}
	user := terra.EncodeUser(terra.User{ID: who.ID, Reference: who.Reference, Active: true})
	for _, typ := range terraTypes {
		out, err := create(dir, typ+".json")
		if err != nil {
			return nil, err
		}
		head, tail := around(terra.Envelope(typ, user, [][]byte{{'\f'}}))
		out.write(head)
		all[typ] = &envelope{output: out, tail: tail}
	}
	return all, nil
}

// around splits an answer at the form feed that stands for its data. No other
// is in it: JSON escapes them.
func around(whole []byte) (head, tail []byte) {
	head, tail, _ = bytes.Cut(whole, []byte{'\f'})
	return head, tail
}

func (all envelopes) add(d mapping.Document) error {
	e, ok := all[d.Type]
	if !ok {
		return fmt.Errorf("no file for the type %q", d.Type)
	}
	if e.count > 0 {
		e.write([]byte{','})
	}
	e.write(d.Body)
	e.count++
	return nil
}

func (all envelopes) close([]mapping.Count) error {
	var errs []error
	for _, e := range all {
		e.write(e.tail, []byte{'\n'})
		errs = append(errs, e.close())
	}
	return errors.Join(errs...)
}

func streamTerra(w io.Writer, dir string) error {
	before := "{"
	for _, typ := range terraTypes {
		if _, err := fmt.Fprintf(w, "%s%q:", before, typ); err != nil {
			return err
		}
		if err := copyFile(w, dir, typ+".json"); err != nil {
			return err
		}
		before = ","
	}
	_, err := io.WriteString(w, "}\n")
	return err
}
