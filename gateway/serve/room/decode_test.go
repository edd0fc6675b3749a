package room_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
)

func TestDecode(t *testing.T) {
	type wanted struct {
		URL   string   `json:"url"`
		Types []string `json:"types"`
	}
	for _, c := range []struct {
		name, body string
		strict     bool
		kind       fault.Kind // none if empty
		says       string
		line       int
	}{
		{"a value", "{\"url\": \"https://example.org\"}\n", true, "", "", 0},
		{"a field that is not there, where that is no matter", `{"url": "x", "more": 1}`, false, "", "", 0},
		{"a field that is not there", `{"url": "x", "more": 1}`, true, fault.Invalid, `unknown field "more"`, 1},
		{"a comma too many", "{\"url\": \"x\",\n}", true, fault.Invalid, "line 2, column 2: invalid character '}'", 2},
		{"no JSON", "url=x", true, fault.Invalid, "line 1, column 2: invalid character 'u'", 1},
		{"nothing", "", true, fault.Invalid, "it is empty", 1},
		{"half of it", `{"url": "x"`, true, fault.Invalid, "line 1, column 12: it ends too soon", 1},
		{"a second value", `{"url": "x"} {}`, true, fault.Invalid, "something follows", 1},
		{"text behind it", `{"url": "x"} and so on`, true, fault.Invalid, "something follows", 1},
		{"a text where a list belongs", "{\"url\": \"x\",\n \"types\": \"body\"}", true, fault.Invalid, "types is of type string", 2},
		{"a list where an object belongs", `[]`, true, fault.Invalid, "the whole is of type array", 1},
		{"more than there can be", `{"url": "` + strings.Repeat("x", 1<<20) + `"}`, true, fault.TooLarge, "larger than", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
			var into wanted
			err := room.Decode(r, &into, c.strict)
			if c.kind == "" {
				if err != nil || into.URL == "" {
					t.Errorf("%+v, %v", into, err)
				}
				return
			}
			f := &fault.Error{}
			if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(f.Message, c.says) || f.Place.Line != c.line {
				t.Errorf("got %+v, want %s in line %d that says %q", f, c.kind, c.line, c.says)
			}
		})
	}
}
