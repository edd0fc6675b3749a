package cronometer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// maxRow is the longest row that is read, in bytes. A quotation mark that is
// never closed would otherwise make one row of the rest of the file.
const maxRow = 1 << 20

// scanBuffer is how much is read at a time.
const scanBuffer = 64 << 10

// A scanner finds rows without splitting them into cells. Quotation marks are
// balanced within a row, as RFC 4180 wants them; where they are not, the second
// reading, which splits cells, refuses the file.
type scanner struct {
	file   string
	r      *bufio.Reader
	buf    []byte // a row that is not one line in r's buffer
	line   int    // of the row last returned, counted from 1
	offset int64  // of the row last returned
	lines  int    // line breaks read
	bytes  int64  // read
}

var quote = []byte{'"'}

// next returns the next row with its line break, valid until the next call.
// Empty lines are rows of no cells. A row may be the unfinished rest of the file.
func (s *scanner) next() ([]byte, error) {
	s.buf = s.buf[:0]
	s.line, s.offset = s.lines+1, s.bytes
	for quotes := 0; ; {
		piece, err := s.r.ReadSlice('\n')
		s.bytes += int64(len(piece))
		quotes += bytes.Count(piece, quote)
		if err == nil {
			s.lines++
			if quotes%2 == 0 && len(s.buf) == 0 {
				return piece, nil
			}
		}
		s.buf = append(s.buf, piece...)
		switch {
		case err == nil && quotes%2 == 0, errors.Is(err, io.EOF) && len(s.buf) > 0:
			return s.buf, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(s.buf) > maxRow:
			return nil, errLongRow
		}
	}
}

var errLongRow = errors.New("row too long")

// survey reads the header and goes through the file once.
func survey(name string, r io.ReadSeeker, o mapping.Reading) (*sheet, *plan, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", name, err)
	}
	scan := &scanner{file: name, r: bufio.NewReaderSize(r, scanBuffer)}
	row, err := scan.text()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	header := bytes.Clone(headerText(row))
	s, err := newSheet(name, header, o)
	if err != nil {
		return nil, nil, err
	}
	b := newPlanBuilder(s)
	if err := scan.rows(header, b); err != nil {
		return nil, nil, err
	}
	p, err := b.plan()
	return s, p, err
}

// rows gives b every row below the header.
func (s *scanner) rows(header []byte, b *planBuilder) error {
	for {
		row, err := s.text()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch text := lineText(row); {
		case len(text) == 0: // the CSV reader passes over it too
		case bytes.Equal(headerText(row), header), blank(text):
			b.gap() // the next file's header, or a row that a spreadsheet left behind
		default:
			if err := b.add(row, s.line, s.offset); err != nil {
				return err
			}
		}
	}
}

// text returns the next row if it is text in UTF-8, io.EOF after the last one.
func (s *scanner) text() ([]byte, error) {
	row, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, errLongRow):
		return nil, s.fault("a row of more than 1 MiB begins here, so a quotation mark is missing or too many", exportAgain)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", s.file, err)
	case bytes.HasPrefix(row, []byte("\xff\xfe")), bytes.HasPrefix(row, []byte("\xfe\xff")):
		return nil, s.fault("the file is in UTF-16", saveUTF8)
	case !utf8.Valid(row):
		return nil, s.fault("the text is not in UTF-8", saveUTF8)
	}
	return row, nil
}

const saveUTF8 = "save the file as CSV in UTF-8, or export it again from Cronometer"

func (s *scanner) fault(reason, advice string) *mapping.ReadError {
	return &mapping.ReadError{File: s.file, Line: s.line, Reason: reason, Advice: advice}
}

// lineText returns a row without its line break.
func lineText(row []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(row, []byte("\n")), []byte("\r"))
}

// headerText returns a header without byte order mark and line break.
func headerText(row []byte) []byte {
	return lineText(bytes.TrimPrefix(row, []byte("\ufeff")))
}

// blank reports whether a row has only empty cells.
func blank(row []byte) bool { return len(bytes.TrimLeft(row, ",; ")) == 0 }

// cell returns the text of one cell of a row as scanned. It is false where the
// row ends before.
func cell(row []byte, comma byte, index int) ([]byte, bool) {
	quoted := false
	start := 0
	for i, c := range row {
		switch {
		case c == '"':
			quoted = !quoted
		case c == comma && !quoted:
			if index == 0 {
				return row[start:i], true
			}
			index--
			start = i + 1
		}
	}
	return lineText(row[start:]), index == 0
}

// A run is rows of one day that stand together.
type run struct {
	offset int64 // of its first row in the file
	line   int32 // of its first row
	rows   int32
	day    int32 // the day's place in the plan
	serial int32 // consecutive numbers where nothing lies between two runs
}

// A plan is which runs make up which day.
type plan struct {
	days []record.Date // in the order in which the file first names them
	runs []run         // by day
}

// next takes the runs of the next day; none after the last.
func (p *plan) next() (record.Date, []run) {
	if len(p.runs) == 0 {
		return "", nil
	}
	day, n := p.runs[0].day, 1
	for n < len(p.runs) && p.runs[n].day == day {
		n++
	}
	runs := p.runs[:n]
	p.runs = p.runs[n:]
	return p.days[day], runs
}
