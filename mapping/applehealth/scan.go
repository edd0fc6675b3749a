package applehealth

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"nutrigate/mapping"
)

// maxToken is the longest that a tag, a text or the document type may be: the
// longest of a real export, its document type, has some 15 KiB.
const maxToken = 1 << 20

var errLong = errors.New("longer than any part of an export")

// bounded gives a decoder no more bytes for one token than maxToken.
type bounded struct {
	*bufio.Reader
	left   int
	failed error // of the reader itself
}

func (b *bounded) ReadByte() (byte, error) {
	if b.left == 0 {
		return 0, errLong
	}
	b.left--
	c, err := b.Reader.ReadByte()
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return c, err
}

// A scanner reads XML token by token and knows where each begins. No entity is
// ever expanded beyond those five that XML itself has, nothing is fetched, and
// a document that declares one is refused.
type scanner struct {
	file string
	in   bounded
	xml  *xml.Decoder
	base int // lines before the first that xml sees
}

// bufferSize is small, since most of what follows a seek is not wanted.
const bufferSize = 16 << 10

func newScanner(file string, r io.Reader, line int) *scanner {
	s := &scanner{file: file, in: bounded{Reader: bufio.NewReaderSize(r, bufferSize)}}
	s.restart(r, line)
	return s
}

// restart goes on with r, whose first line is numbered line.
func (s *scanner) restart(r io.Reader, line int) {
	s.in.Reset(r)
	s.xml, s.base = xml.NewDecoder(&s.in), line-1
}

// line is that of the next token.
func (s *scanner) line() int {
	line, _ := s.xml.InputPos()
	return s.base + line
}

// token returns the next token, io.EOF after the last one.
func (s *scanner) token() (xml.Token, error) {
	s.in.left = maxToken
	t, err := s.xml.Token()
	if err != nil {
		return nil, s.explain(err)
	}
	if d, ok := t.(xml.Directive); ok && bytes.Contains(d, []byte("<!ENTITY")) {
		return nil, s.fault(s.line(), "", "the document declares entities, which no export of the Health app has", "take them out, or "+exportAgain)
	}
	return t, nil
}

// explain turns what encoding/xml says into an error of ours.
func (s *scanner) explain(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case s.in.failed != nil:
		return fmt.Errorf("read %s: %w", s.file, s.in.failed)
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errLong):
		return s.fault(s.line(), "", "a tag or text of more than 1 MiB ends here", exportAgain)
	case errors.As(err, &syntax):
		return s.fault(s.base+syntax.Line, "", "this is not well-formed XML: "+plain(syntax.Msg), "the file may have been cut short or edited; "+exportAgain)
	}
	return s.fault(s.line(), "", "this is not XML 1.0 in UTF-8", exportAgain)
}

// plain returns what encoding/xml says without what it quotes of the document.
func plain(message string) string {
	for _, known := range []string{"unexpected EOF", "invalid UTF-8", "illegal character code", "invalid character entity", "attribute name without = in element", "unquoted or missing attribute value in element", "closed by"} {
		if strings.Contains(message, known) {
			if known == "closed by" {
				return "an element is closed by another's end"
			}
			return known
		}
	}
	return "a tag is broken"
}

func (s *scanner) fault(line int, column, reason, advice string) *mapping.ReadError {
	return &mapping.ReadError{File: s.file, Line: line, Column: column, Reason: reason, Advice: advice}
}

// An element is one below the root, or a part of one.
type element struct {
	name  string
	attrs []xml.Attr
	line  int
	parts []element
	text  string // of a leaf
}

// get returns an attribute; empty where there is none.
func (e *element) get(name string) string {
	for i := range e.attrs {
		if e.attrs[i].Name.Local == name {
			return e.attrs[i].Value
		}
	}
	return ""
}

// maxParts is how many parts an element may have in all: a long workout of
// swimming has some thousands of events.
const maxParts = 100_000

// element reads what start begins, with its parts.
func (s *scanner) element(start xml.StartElement, line int) (element, error) {
	parts := 0
	return s.part(start, line, &parts, 0)
}

func (s *scanner) part(start xml.StartElement, line int, parts *int, depth int) (element, error) {
	e := element{name: start.Name.Local, attrs: start.Attr, line: line}
	if *parts++; *parts > maxParts || depth > 10 {
		return e, s.fault(line, "", "this element has more parts than any of an export", exportAgain)
	}
	for {
		at := s.line()
		t, err := s.token()
		if errors.Is(err, io.EOF) {
			err = s.fault(at, "", "the file became shorter while it was read", "import it again")
		}
		if err != nil {
			return e, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			p, err := s.part(t, at, parts, depth+1)
			if err != nil {
				return e, err
			}
			e.parts = append(e.parts, p)
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); len(e.text)+len(text) <= maxToken {
				e.text += text
			}
		case xml.EndElement:
			return e, nil
		}
	}
}
