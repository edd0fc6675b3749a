package file

import (
	"archive/zip"
	"path"
	"strings"
)

// A Finder finds the documents of a source in an archive by what is in it;
// there are none if the archive is no export of that source.
type Finder func(entries []*zip.File) []Part

// A Part is a document in an archive: its pieces, one after the other.
type Part struct {
	// Name is the document's own, for messages.
	Name   string
	Pieces []Piece
}

// A Piece is a text and the file that follows it, if there is one.
type Piece struct {
	Text  string
	Entry *zip.File
}

// find returns the parts of the first finder that knows the archive, and
// otherwise its CSV files.
func (l Limits) find(entries []*zip.File) []Part {
	for _, find := range l.Find {
		if parts := find(entries); len(parts) > 0 {
			return parts
		}
	}
	var parts []Part
	for _, e := range entries {
		base := path.Base(e.Name)
		if !strings.EqualFold(path.Ext(base), ".csv") || strings.HasPrefix(base, ".") || strings.HasSuffix(e.Name, "/") {
			continue // a folder, another sort of file, or what macOS adds (._servings.csv)
		}
		parts = append(parts, Part{Name: base, Pieces: []Piece{{Entry: e}}})
	}
	return parts
}
