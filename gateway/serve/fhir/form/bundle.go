package form

import (
	"bufio"
	"encoding/json"
	"io"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/subset"
	"nutrigate/mapping/fhir/xml"
)

// A Bundle is written entry by entry, in the form that is asked for: what is
// stored goes into it as it is, and nothing of it is kept.
type Bundle struct {
	w    *bufio.Writer
	form Form
	n    int
	b    []byte // of one entry, used again
}

// NewBundle returns a Bundle that is written to w.
func NewBundle(w io.Writer, f Form) *Bundle {
	return &Bundle{w: bufio.NewWriterSize(w, 64<<10), form: f}
}

// Begin writes what stands before the entries.
func (o *Bundle) Begin(kind string, links ...fhir.Link) error {
	doc := fhir.Bundle(kind, nil, links, -1)
	if !o.form.XML {
		_, err := o.w.Write(doc[:len(doc)-1])
		return err
	}
	whole, err := xml.Encode(doc, false)
	if err == nil {
		_, err = o.w.Write(whole[:len(whole)-len("</Bundle>")])
	}
	return err
}

// Entry writes one entry: a resource, and why it is there.
func (o *Bundle) Entry(base, name, id string, resource []byte, mode string) error {
	resource, err := subset.Of(resource, o.form.View)
	if err != nil {
		return err
	}
	if o.b = o.b[:0]; o.form.Pretty {
		o.b = append(o.b, '\n')
	}
	if o.form.XML {
		o.b, err = o.xml(base+"/"+name+"/"+id, resource, mode)
	} else {
		o.b, err = o.json(base+"/"+name+"/"+id, resource, mode)
	}
	if err != nil {
		return err
	}
	o.n++
	_, err = o.w.Write(o.b)
	return err
}

func (o *Bundle) json(address string, resource []byte, mode string) ([]byte, error) {
	b := append(o.b, `,"entry":[`...)
	if o.n > 0 {
		b = append(o.b, ',')
	}
	quoted, err := json.Marshal(address)
	b = append(append(b, `{"fullUrl":`...), quoted...)
	b = append(append(b, `,"resource":`...), resource...)
	return append(append(append(b, `,"search":{"mode":"`...), mode...), `"}}`...), err
}

func (o *Bundle) xml(address string, resource []byte, mode string) ([]byte, error) {
	b := append(o.b, `<entry><fullUrl value="`...)
	b = append(xml.AppendText(b, address), `"/><resource>`...)
	b, err := xml.Append(b, resource)
	return append(append(append(b, `</resource><search><mode value="`...), mode...), `"/></search></entry>`...), err
}

// End writes what stands behind the entries.
func (o *Bundle) End() error {
	end := "}"
	switch {
	case o.form.XML:
		end = "</Bundle>"
	case o.n > 0:
		end = "]}"
	}
	if _, err := o.w.WriteString(end); err != nil {
		return err
	}
	return o.w.Flush()
}
