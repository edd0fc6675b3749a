package room

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"nutrigate/gateway/fault"
)

// maxJSON bounds what a caller may send where JSON is expected.
const maxJSON = 1 << 20

// Decode reads the request's body, which is one JSON value and nothing behind
// it, into v. With strict a field that v does not have is a fault too, as it is
// most likely misspelt. Faults say where: the line, and the column in bytes.
func Decode(r *http.Request, v any, strict bool) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxJSON))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "the body is larger than %d bytes", maxJSON)
	case err != nil:
		return fault.Wrap(fault.Invalid, err, "the body broke off")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return notJSON(body, d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return notJSON(body, d.InputOffset(), errors.New("something follows the JSON value"))
	}
	return nil
}

func notJSON(body []byte, at int64, err error) error {
	message := err.Error()
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		message = "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		at, message = int64(len(body)), "it ends too soon"
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &typ):
		return wrongType(body, typ)
	}
	line, column := position(body, at)
	return &fault.Error{
		Kind: fault.Invalid, Place: fault.Place{Line: line}, Cause: err,
		Message: fmt.Sprintf("the body is not the JSON that is expected: line %d, column %d: %s", line, column, message),
	}
}

// wrongType names the field at fault and not what was in it.
func wrongType(body []byte, e *json.UnmarshalTypeError) error {
	line, column := position(body, e.Offset)
	given, _, _ := strings.Cut(e.Value, " ") // a number stands behind it
	return &fault.Error{
		Kind: fault.Invalid, Place: fault.Place{Line: line}, Param: e.Field, Cause: e,
		Message: fmt.Sprintf("the body is not the JSON that is expected: line %d, column %d: %s is of type %s", line, column, cmp.Or(e.Field, "the whole"), given),
	}
}

// position turns an offset into a line and a column, both counted from 1.
func position(body []byte, offset int64) (line, column int) {
	before := body[:min(max(offset, 0), int64(len(body)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}
