package serve

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"nutrigate/gateway/fault"
)

const requestID = "X-Request-Id"

// plainID is what we take over of a caller's request id: it goes into the log.
var plainID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe surrounds every request: it gives it an id, turns a panic into an
// error, and writes one line to the log. The line has the route and not the
// path, since a path or query may tell whose data was asked for.
func (s *server) observe(c *gin.Context) {
	start := s.Now()
	id := c.Request.Header.Get(requestID)
	if !plainID.MatchString(id) {
		id = strings.ToLower(rand.Text())
		c.Request.Header.Set(requestID, id)
	}
	header := c.Writer.Header()
	header.Set(requestID, id)
	header.Set("X-Content-Type-Options", "nosniff")
	defer func() {
		if p := recover(); p != nil {
			s.panicked(c, p)
		}
		took := s.Now().Sub(start)
		s.Metrics.Request(c.Request.Method, asWritten(c.FullPath()), c.Writer.Status(), took)
		s.Log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("id", id),
			slog.String("method", c.Request.Method),
			slog.String("route", c.FullPath()),
			slog.Int("status", c.Writer.Status()),
			slog.Int("bytes", max(c.Writer.Size(), 0)),
			slog.Duration("took", took.Round(time.Microsecond)),
		)
	}()
	c.Next()
}

var ginVariable = regexp.MustCompile(`:([A-Za-z_]+)`)

// asWritten is Gin's "/v2/:type" as our own tables have it: "/v2/{type}".
func asWritten(path string) string { return ginVariable.ReplaceAllString(path, "{$1}") }

// panicked answers a request whose handler panicked. The stack goes to the log.
func (s *server) panicked(c *gin.Context, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.Log.ErrorContext(c.Request.Context(), "panic", "id", c.Writer.Header().Get(requestID), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if !c.Writer.Written() {
		s.problem(c.Writer, c.Request, fault.New(fault.Internal, "internal error"))
	}
}
