// Package applehealth finds the export of the Health app in its ZIP archive.
package applehealth

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"nutrigate/gateway/source/file"
	"nutrigate/mapping/applehealth"
)

// Find returns the export of the Health app as one document: export.xml and
// behind it the routes of workouts, each after an instruction that names it, and
// the folders of what is left out. It is one document, since a route is part of
// its workout: kept, read again and replaced together.
//
// The export is known by what is in it, as its name depends on the phone's language.
func Find(entries []*zip.File) []file.Part {
	at := slices.IndexFunc(entries, isExport)
	if at < 0 {
		return nil
	}
	export := entries[at]
	others := slices.Delete(slices.Clone(entries), at, at+1)
	slices.SortStableFunc(others, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	part := file.Part{Name: path.Base(export.Name), Pieces: []file.Piece{{Entry: export}}}
	for _, e := range others {
		switch base := path.Base(e.Name); {
		case strings.HasSuffix(e.Name, "/") || strings.HasPrefix(base, ".") || strings.HasPrefix(e.Name, "__MACOSX/"):
		case strings.EqualFold(path.Ext(base), ".gpx") && plain.MatchString(base):
			part.Pieces = append(part.Pieces, file.Piece{Text: instruction(applehealth.RouteTarget, base), Entry: e})
		default:
			part.Pieces = append(part.Pieces, file.Piece{Text: instruction(applehealth.LeftTarget, folder(export.Name, e.Name))})
		}
	}
	return []file.Part{part}
}

// plain is what an instruction can name: no end of it, and no break.
var plain = regexp.MustCompile(`^[\w. :()+-]+$`)

func instruction(target, name string) string { return "\n<?" + target + " " + name + "?>\n" }

// folder is where a file that is left out lies in the export: its folder, or
// the sort of file it is where it lies beside export.xml.
func folder(export, name string) string {
	rest := strings.TrimPrefix(name, strings.TrimSuffix(path.Dir(export), ".")+"/")
	first, _, below := strings.Cut(rest, "/")
	switch {
	case !below:
		return "the export's own folder"
	case !plain.MatchString(first):
		return "another folder"
	}
	return first
}

// looked is how far into a file its root begins at the latest: the document
// type before it has some 15 KiB.
const looked = 64 << 10

func isExport(e *zip.File) bool {
	if !strings.EqualFold(path.Ext(e.Name), ".xml") || strings.HasPrefix(path.Base(e.Name), ".") {
		return false
	}
	in, err := e.Open()
	if err != nil {
		return false // whoever unpacks it says why
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, looked))
	return (err == nil || len(head) == looked) &&
		(bytes.Contains(head, []byte("<!DOCTYPE HealthData")) || bytes.Contains(head, []byte("<HealthData")))
}
