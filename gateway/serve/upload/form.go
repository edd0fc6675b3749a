package upload

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"

	"nutrigate/gateway/fault"
)

// A Form is what a page's form sends: files and what was written into its fields.
type Form struct {
	Files  []File
	Fields map[string]string
}

// maxField is how long what is written into a field may be.
const maxField = 256

// Form receives a form that may have the named fields beside its files. A file
// that was not chosen is left out. On an error it returns the files that are
// there already, so that they can be removed.
func (s Spool) Form(r *http.Request, fields ...string) (Form, error) {
	if err := limit(r); err != nil {
		return Form{}, err
	}
	return s.form(r, fields)
}

func (s Spool) form(r *http.Request, fields []string) (Form, error) {
	f := Form{Fields: map[string]string{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, fault.Wrap(fault.Invalid, err, "the body is not the form that its Content-Type says")
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return f, nil
		case err != nil:
			return f, unread(err)
		case part.FileName() != "":
			err = f.addFile(s, part)
		case slices.Contains(fields, part.FormName()):
			err = f.addField(part)
		case fields != nil && part.Header.Get("Content-Type") != "":
			// A browser sends a file that was not chosen as one without a name.
		default:
			err = fault.New(fault.Invalid, "the form has a part that is no file; parameters go into the query")
		}
		if err != nil {
			return f, err
		}
	}
}

func (f *Form) addFile(s Spool, part *multipart.Part) error {
	if len(f.Files) == maxFiles {
		return fault.New(fault.TooLarge, "an upload may have %d files at most", maxFiles)
	}
	file, err := s.spool(baseName(part.FileName()), part)
	if err == nil {
		f.Files = append(f.Files, file)
	}
	return err
}

func (f *Form) addField(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return unread(err)
	}
	if len(value) > maxField {
		return fault.BadParam(part.FormName(), "invalid %s: too long", part.FormName())
	}
	f.Fields[part.FormName()] = string(value)
	return nil
}

// unread tells what is the caller's fault from what is ours.
func unread(err error) error {
	if known := tooLarge(err); fault.KindOf(known) == fault.TooLarge {
		return known
	}
	return fault.Wrap(fault.Invalid, fmt.Errorf("read a form: %w", err), "the form breaks off")
}
