package terra

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"nutrigate/gateway/fault"
)

// An Upload is a received file, spooled to disk.
type Upload struct {
	Name string // as its owner calls it, without folders
	Path string
}

const (
	maxUpload = 64 << 20
	maxFiles  = 64
	multipart = "multipart/form-data"
)

// uploadTypes lists what an upload may be sent as. Raw bodies are told apart
// by their bytes, so the type says little; curl's --data-binary calls
// everything a form.
func uploadTypes() []string {
	return []string{
		multipart, "text/csv", "text/plain", zipMediaType, "application/x-zip-compressed",
		"application/octet-stream", "application/x-www-form-urlencoded",
	}
}

// receive spools the request's files. On an error it returns those that are
// there already, so that they can be removed.
func (m *Room) receive(r *http.Request) ([]Upload, error) {
	if r.ContentLength > maxUpload {
		return nil, tooLarge(&http.MaxBytesError{Limit: maxUpload})
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "":
	case err != nil || !slices.Contains(uploadTypes(), mediaType):
		return nil, fault.New(fault.Unsupported, "an upload is one of %s", strings.Join(uploadTypes(), ", "))
	case mediaType == multipart:
		return m.receiveParts(r)
	}
	f, err := m.spool(rawName(r, mediaType), r.Body)
	if err != nil {
		return nil, err
	}
	return []Upload{f}, nil
}

func (m *Room) receiveParts(r *http.Request) ([]Upload, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not the form that its Content-Type says")
	}
	var files []Upload
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(files) == 0:
			return nil, fault.New(fault.Invalid, "the form has no file")
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return files, unreadForm(err)
		case part.FileName() == "":
			return files, fault.New(fault.Invalid, "the form has a part that is no file; parameters go into the query")
		case len(files) == maxFiles:
			return files, fault.New(fault.TooLarge, "an upload may have %d files at most", maxFiles)
		}
		f, err := m.spool(baseName(part.FileName()), part)
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
}

// unreadForm and unspooled tell what is the caller's fault from what is ours.
func unreadForm(err error) error {
	if known := tooLarge(err); fault.KindOf(known) == fault.TooLarge {
		return known
	}
	return fault.Wrap(fault.Invalid, err, "the form breaks off")
}

func unspooled(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.Wrap(fault.Invalid, err, "the body breaks off")
	}
	return fmt.Errorf("spool an upload: %w", tooLarge(err))
}

// spool writes a file to disk, so that memory does not grow with it.
func (m *Room) spool(name string, body io.Reader) (Upload, error) {
	f, err := os.CreateTemp(m.Spool, "upload-*")
	if err != nil {
		return Upload{}, fmt.Errorf("spool an upload: %w", err)
	}
	_, err = io.Copy(f, body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return Upload{}, unspooled(err)
	}
	return Upload{Name: name, Path: f.Name()}, nil
}

// rawName is what the file of a raw body is called.
func rawName(r *http.Request, mediaType string) string {
	if name := r.URL.Query().Get("name"); name != "" {
		return baseName(name)
	}
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return baseName(params["filename"])
	}
	if strings.Contains(mediaType, "zip") {
		return "upload.zip"
	}
	return "upload.csv"
}

// baseName keeps the last element of a path of any system, without control
// characters: the name is shown in messages.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
	return name[max(0, len(name)-200):]
}
