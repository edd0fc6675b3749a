package cronometer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// A sheet is what is known of a file once its header is read.
type sheet struct {
	file    string
	kind    Kind
	columns []string // names as in the header, without surrounding blanks
	comma   byte     // what stands between cells: ',' or ';'
	width   int      // cells in a row
	options mapping.Reading
	issues  issues
	// unread are columns that no record has a place for and that had no value yet.
	unread []unread
	dates  *dates                  // settled by the first reading; nil where rows have no day
	clocks map[string]record.Clock // the times met, since samples repeat them every day
}

// unread is a column whose values, once there is one, are reported as lost.
type unread struct {
	column int
	reason string
}

// noPlace is why the cells of an unread column are left out.
const noPlace = "records have no place for this column; its cells are left out"

// signatures are columns that each only one kind of file has, and the columns
// without which it cannot be read.
var signatures = []struct {
	column string
	kind   Kind
	needs  []string
}{
	{"Food Name", Servings, []string{"Day"}},
	{"Exercise", Exercises, []string{"Day"}},
	{"Metric", Biometrics, []string{"Day", "Amount"}},
	{"Note", Notes, []string{"Day"}},
	{"Start", Fasts, []string{"End"}},
	{"Nutrient", Targets, []string{"Unit"}},
	{"Completed", DailySummary, []string{"Date"}},
}

// newSheet reads a header.
func newSheet(file string, header []byte, o mapping.Reading) (*sheet, error) {
	if o.Document == "" {
		o.Document = file
	}
	// Read as one line, such a file would have no rows, and nobody would miss them.
	if bytes.ContainsRune(header, '\r') {
		return nil, &mapping.ReadError{File: file, Line: 1, Reason: "carriage returns alone end the lines", Advice: saveUTF8}
	}
	for _, comma := range []byte{',', ';'} {
		s := &sheet{file: file, comma: comma, options: o, clocks: map[string]record.Clock{}}
		if s.split(header) && s.recognise() {
			return s, s.check()
		}
	}
	return nil, &mapping.ReadError{
		File: file, Line: 1, Reason: "not the header of a Cronometer export", Foreign: true,
		Advice: "give one of the files that Cronometer exports, with its first line and with commas between the cells",
	}
}

// split sets the columns; it reports whether header is CSV.
func (s *sheet) split(header []byte) bool {
	r := csv.NewReader(bytes.NewReader(header))
	r.Comma = rune(s.comma)
	cells, err := r.Read()
	if err != nil {
		return false
	}
	for _, c := range cells {
		s.columns = append(s.columns, plainMicro(strings.TrimSpace(c)))
	}
	s.width = len(cells)
	return true
}

// recognise sets the kind, the first whose signature is there. A day summary
// from which somebody took the column Completed is known by its nutrients.
func (s *sheet) recognise() bool {
	for _, sign := range signatures {
		if s.column(sign.column) >= 0 {
			s.kind = sign.kind
			return true
		}
	}
	s.kind = DailySummary
	return s.column("Date") >= 0 && slices.ContainsFunc(s.columns, func(header string) bool {
		c, ok := nutrient(header)
		return ok && !c.unknown
	})
}

// check refuses a header that lacks a needed column or names one twice.
func (s *sheet) check() error {
	for _, sign := range signatures {
		if sign.kind != s.kind {
			continue
		}
		for _, name := range sign.needs {
			if s.column(name) < 0 {
				return s.fault(1, name, "the column is missing from this "+string(s.kind)+" file", exportAgain)
			}
		}
	}
	seen := map[string]bool{}
	for _, name := range s.columns {
		if seen[name] && name != "" {
			return s.fault(1, name, "the column is there twice", "remove one of the two")
		}
		seen[name] = true
	}
	if s.comma == ';' {
		s.issues.add(mapping.Assumed, string(s.kind),
			"semicolons stand between the cells, so a comma in a number is read as its decimal point")
	}
	return nil
}

// column returns the place of a column, -1 where the file does not have it.
func (s *sheet) column(name string) int {
	return slices.Index(s.columns, name)
}

// leave marks the columns that no name in known and no nutrient takes.
func (s *sheet) leave(nutrients []nutrientColumn, known ...string) {
	taken := map[int]bool{}
	for _, name := range known {
		taken[s.column(name)] = true
	}
	for _, n := range nutrients {
		taken[n.index] = true
	}
	for _, u := range s.unread {
		taken[u.column] = true
	}
	for i := range s.columns {
		if !taken[i] {
			s.unread = append(s.unread, unread{i, noPlace})
		}
	}
}

// lose reports the unread columns in which r has a value, each once.
func (s *sheet) lose(r *row) {
	if len(s.unread) == 0 {
		return
	}
	s.unread = slices.DeleteFunc(s.unread, func(u unread) bool {
		if strings.TrimSpace(r.cells[u.column]) == "" {
			return false
		}
		s.issues.add(mapping.Lost, s.path(u.column), u.reason)
		return true
	})
}

// path names a column in an issue.
func (s *sheet) path(column int) string {
	return string(s.kind) + " column " + s.columns[column]
}

// fault returns an error at a line and column of this file.
func (s *sheet) fault(line int, column, reason, advice string) *mapping.ReadError {
	return &mapping.ReadError{File: s.file, Line: line, Column: column, Reason: reason, Advice: advice}
}

// csvFault turns what encoding/csv says of a row into an error of ours. first
// is the line number of the reader's first line, cells how many were read. A
// quotation mark that is missing is noticed lines later, so the row's own line
// and the cell in which it began are named.
func (s *sheet) csvFault(err error, first, cells int) error {
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("read %s: %w", s.file, err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return s.fault(first+p.StartLine-1, "",
			fmt.Sprintf("the header has %d cells and this row %d", s.width, cells), exportAgain)
	}
	column := ""
	if cells < s.width {
		column = s.columns[cells]
	}
	return s.fault(first+p.StartLine-1, column, "a quotation mark is missing, or stands where none may be", exportAgain)
}
