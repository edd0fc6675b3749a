package terra

import (
	"bufio"
	"errors"
	"io"
	"net/http"

	"nutrigate/gateway/serve/room"
)

// decode reads a body that may be empty: then v stays as it is. Fields that v
// does not have are passed over, since clients of several generations send more.
func decode(r *http.Request, v any) error {
	body := bufio.NewReader(r.Body)
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		return nil
	}
	r.Body = io.NopCloser(body)
	return room.Decode(r, v, false)
}
