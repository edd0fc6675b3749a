package serve

import (
	"io"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"

	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/serve/room"
)

// file sends a file: whole and compressed as it goes, or any stretch of it as
// it is (RFC 9110 section 14), so that a fetch that broke off can go on.
func file(w http.ResponseWriter, r *http.Request, a room.Answer) error {
	defer a.File.Content.Close()
	h := w.Header()
	h.Set("Content-Type", a.MediaType)
	coding := negotiate.Identity
	if r.Header.Get("Range") == "" {
		coding = negotiate.Encoding(r.Header.Values("Accept-Encoding"), "gzip")
	}
	if coding == negotiate.Identity {
		h.Set("ETag", `"`+a.File.Tag+`"`)
		http.ServeContent(w, r, "", time.Time{}, a.File.Content)
		return nil
	}
	h.Set("ETag", `"`+a.File.Tag+"-"+coding+`"`)
	h.Set("Content-Encoding", coding)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, a.File.Content); err == nil {
		_ = out.Close()
	} // else the client has gone, or sees that the end is missing
	return nil
}
