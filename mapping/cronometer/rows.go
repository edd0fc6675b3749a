package cronometer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// readBuffer is small enough for files in which every row is a run of its own.
const readBuffer = 16 << 10

// A rowReader reads the cells of runs.
type rowReader struct {
	sheet  *sheet
	r      io.ReadSeeker
	buf    *bufio.Reader
	csv    *csv.Reader
	first  int   // line number of the csv reader's first line
	serial int32 // of the run last sought
	row    row   // given to every caller
}

func newRowReader(s *sheet, r io.ReadSeeker) *rowReader {
	return &rowReader{sheet: s, r: r, buf: bufio.NewReaderSize(r, readBuffer), row: row{sheet: s}}
}

// seek makes run's first row the next one. A run that follows the last one
// directly needs no movement.
func (r *rowReader) seek(run run) error {
	if r.csv != nil && run.serial == r.serial+1 {
		r.serial = run.serial
		return nil
	}
	if _, err := r.r.Seek(run.offset, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", r.sheet.file, err)
	}
	r.buf.Reset(r.r)
	r.csv = csv.NewReader(r.buf)
	r.csv.Comma = rune(r.sheet.comma)
	r.csv.FieldsPerRecord = r.sheet.width
	r.csv.ReuseRecord = true
	r.first, r.serial = int(run.line), run.serial
	return nil
}

// next returns the next row, valid until the next call, or io.EOF.
func (r *rowReader) next(day record.Date) (*row, error) {
	cells, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, r.sheet.csvFault(err, r.first, len(cells))
	}
	line, _ := r.csv.FieldPos(0)
	r.row.cells, r.row.line, r.row.day = cells, r.first+line-1, day
	return &r.row, nil
}

// A row is one row of a file. Its cells are valid until the next row is read.
type row struct {
	sheet *sheet
	cells []string
	line  int
	day   record.Date
}

// text returns a cell as it is; empty where the file lacks the column.
func (r *row) text(column int) string {
	if column < 0 {
		return ""
	}
	return r.cells[column]
}

// fault returns an error at this row.
func (r *row) fault(column int, reason, advice string) *mapping.ReadError {
	return r.sheet.fault(r.line, r.sheet.columns[column], reason, advice)
}

// record returns a record of this row, still without its content.
func (r *row) record(kind record.Kind) record.Record {
	return record.Record{
		Kind: kind, Day: r.day, Zone: r.sheet.options.Zone,
		Origin: record.Origin{Document: r.sheet.options.Document, Line: r.line},
	}
}
