package convert

import (
	"archive/zip"
	"io"
	"os"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
)

// FIT writes one file for each activity or measurement. As one stream they are
// a ZIP, also where there is only one, or none.
func FIT() Target {
	return Target{
		format: fit.Format{},
		pack:   func(dir string, _ record.Subject) (packer, error) { return folder(dir), nil },
		stream: streamZIP,
	}
}

// folder takes a file for each document.
type folder string

func (dir folder) add(d mapping.Document) error {
	out, err := create(string(dir), fit.FileName(d))
	if err != nil {
		return err
	}
	out.write(d.Body)
	return out.close()
}

func (folder) close([]mapping.Count) error { return nil }

// streamZIP packs the files in the order of their names.
func streamZIP(w io.Writer, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range files {
		entry, err := z.Create(f.Name())
		if err != nil {
			return err
		}
		if err := copyFile(entry, dir, f.Name()); err != nil {
			return err
		}
	}
	return z.Close()
}
