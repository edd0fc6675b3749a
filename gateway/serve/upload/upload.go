// Package upload receives the files of an export over HTTP and spools them to
// disk, so that memory does not grow with them.
package upload

import (
	"context"
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
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/store"
)

// A File is a received file, spooled to disk.
type File struct {
	Name string // as its owner calls it, without folders
	Path string
}

// An Import takes in the files of an export for a user: all of them or, with an
// error, none. A user without an ID is new and made, unless the files are at
// fault. It returns the user as stored. See package ingest for the options,
// the report and the errors.
type Import func(ctx context.Context, u store.User, files []File, o ingest.Options) (store.User, ingest.Report, error)

// A Spool is a folder for files while they are read.
type Spool string

const (
	maxUpload = 64 << 20
	maxFiles  = 64
	formType  = "multipart/form-data"
)

// MediaTypes lists what an upload may be sent as. Raw bodies are told apart by
// their bytes, so the type says little; curl's --data-binary calls everything a form.
func MediaTypes() []string {
	return []string{
		formType, "text/csv", "text/plain", "application/xml", "text/xml", "application/zip", "application/x-zip-compressed",
		"application/octet-stream", "application/x-www-form-urlencoded",
	}
}

// Receive spools the request's files. On an error it returns those that are
// there already, so that they can be removed.
func (s Spool) Receive(r *http.Request) ([]File, error) {
	if err := limit(r); err != nil {
		return nil, err
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "":
	case err != nil || !slices.Contains(MediaTypes(), mediaType):
		return nil, fault.New(fault.Unsupported, "an upload is one of %s", strings.Join(MediaTypes(), ", "))
	case mediaType == formType:
		return s.files(r)
	}
	f, err := s.spool(rawName(r, mediaType), r.Body)
	if err != nil {
		return nil, err
	}
	return []File{f}, nil
}

// files receives a form that has nothing but files.
func (s Spool) files(r *http.Request) ([]File, error) {
	f, err := s.form(r, nil)
	switch {
	case err != nil:
		return f.Files, err
	case len(f.Files) == 0:
		return nil, fault.New(fault.Invalid, "the form has no file")
	}
	return f.Files, nil
}

// limit makes reading the request's body fail past the limit.
func limit(r *http.Request) error {
	if r.ContentLength > maxUpload {
		return tooLarge(&http.MaxBytesError{Limit: maxUpload})
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	return nil
}

// unspooled tells what is the caller's fault from what is ours.
func unspooled(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.Wrap(fault.Invalid, err, "the body breaks off")
	}
	return fmt.Errorf("spool an upload: %w", tooLarge(err))
}

// tooLarge makes a fault of an error that reading a body over its limit gives.
func tooLarge(err error) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return fault.Wrap(fault.TooLarge, err, "an upload may have %d MiB at most", maxUpload>>20)
	}
	return err
}

// spool writes a file to disk.
func (s Spool) spool(name string, body io.Reader) (File, error) {
	f, err := os.CreateTemp(string(s), "upload-*")
	if err != nil {
		return File{}, fmt.Errorf("spool an upload: %w", err)
	}
	_, err = io.Copy(f, body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return File{}, unspooled(err)
	}
	return File{Name: name, Path: f.Name()}, nil
}

// Remove removes spooled files; what is left behind is only space.
func Remove(files []File) {
	for _, f := range files {
		_ = os.Remove(f.Path)
	}
}

// rawName is what the file of a raw body is called.
func rawName(r *http.Request, mediaType string) string {
	if name := r.URL.Query().Get("name"); name != "" {
		return baseName(name)
	}
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return baseName(params["filename"])
	}
	switch {
	case strings.Contains(mediaType, "zip"):
		return "upload.zip"
	case strings.Contains(mediaType, "xml"):
		return "upload.xml"
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
