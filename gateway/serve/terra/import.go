package terra

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
)

const ndjson = "application/x-ndjson"

func importParams() []room.Param {
	return append(
		eitherParams(),
		room.Param{Name: "zone", Example: "Europe/Berlin", Summary: "IANA zone of the diary; the user's own if absent"},
		room.Param{Name: "as_of", Example: "2026-01-31", Summary: "date on which the export was made; today if absent"},
		room.Param{Name: "name", Example: "servings.csv", Summary: "name of the file, if it is sent as the raw body"},
	)
}

// importFiles takes in an upload. A user named by a new reference_id is made, and
// one who was invited and has not connected becomes active.
func (m *Room) importFiles(r *http.Request) (room.Answer, error) {
	mediaType, err := accepts(r, terra.MediaType, ndjson)
	if err != nil {
		return room.Answer{}, err
	}
	q := r.URL.Query()
	u, err := m.named(r.Context(), q)
	if fault.KindOf(err) == fault.NotFound && q.Get("user_id") == "" {
		u, err = store.User{Tenant: room.Tenant(r.Context()), Reference: q.Get("reference_id"), Active: true}, nil
	}
	if err != nil {
		return room.Answer{}, err
	}
	options, err := upload.Options(u, q.Get("zone"), q.Get("as_of"), m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	if u.Invited() { // whoever has the export need not be asked for it any more
		options.Begun = func(ctx context.Context, im store.Import) error { return im.Activate(ctx) }
	}
	files, err := m.Spool.Receive(r)
	if err != nil {
		upload.Remove(files)
		return room.Answer{}, err
	}
	j := job{run: m.Import, user: u, files: files, options: options}
	if mediaType == ndjson {
		return room.Answer{MediaType: ndjson, Stream: j.stream(r.Context())}, nil
	}
	result, err := j.do(r.Context())
	if err != nil {
		return room.Answer{}, err
	}
	page, err := room.JSON(terra.MediaType, result)
	return room.Answer{Page: page}, err
}

// job is one import under way.
type job struct {
	run     upload.Import
	user    store.User
	files   []upload.File
	options ingest.Options
}

// importResult is what the caller is told at the end.
type importResult struct {
	Status string          `json:"status"`
	User   json.RawMessage `json:"user"`
	Report ingest.Report   `json:"report"`
}

// do imports the files and removes them.
func (j *job) do(ctx context.Context) (importResult, error) {
	defer upload.Remove(j.files)
	u, report, err := j.run(ctx, j.user, j.files, j.options)
	return importResult{"success", terra.EncodeUser(terraUser(u)), report}, err
}

// progressEvery is how often a line about progress goes out at most.
const progressEvery = 200 * time.Millisecond

// progress is how far a file is.
type progress struct {
	File  string `json:"file"`
	Rows  int    `json:"rows"`
	Bytes int64  `json:"bytes"`
}

// stream writes a line for what was done so far, now and then, and the result at the end.
func (j *job) stream(ctx context.Context) func(io.Writer, func()) error {
	return func(w io.Writer, flush func()) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		var last time.Time
		j.options.Progress = func(file string, rows int, bytes int64) {
			if now := time.Now(); now.Sub(last) >= progressEvery {
				last = now
				_ = lines.Encode(struct { // a caller who has gone ends ctx
					Progress progress `json:"progress"`
				}{progress{file, rows, bytes}})
				flush()
			}
		}
		result, err := j.do(ctx)
		if err != nil {
			return err
		}
		return lines.Encode(result)
	}
}
