package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// A recorded answer is what the checks of schemas read.
type recorded struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// record stands between the SDKs and the gateway at base, and keeps each answer
// below /v2 that is JSON in the folder.
func record(ctx context.Context, base, folder string) (at string, stop func(), err error) {
	target, err := url.Parse(base)
	if err != nil {
		return "", nil, fmt.Errorf("record %s: %w", base, err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("record: listen: %w", err)
	}
	var count atomic.Int64
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // so that links lead here too
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error { return keepAnswer(r, folder, count.Add(1)) },
	}}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = server.Close() }, nil
}

func keepAnswer(r *http.Response, folder string, n int64) error {
	path, below := strings.CutPrefix(strings.TrimPrefix(r.Request.URL.Path, "/api"), "/v2/")
	kind := r.Header.Get("Content-Type")
	if !below || (!strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "application/problem+json")) {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	doc, err := json.Marshal(recorded{r.Request.Method, path, r.StatusCode, body})
	if err != nil {
		return fmt.Errorf("%s %s answers what is not JSON: %w", r.Request.Method, path, err)
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.json", n)), doc, 0o600)
}
