package listen

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// about is what is shown of a delivery: what it is and whose, no value of it.
type about struct {
	typ, user, id string
	items, size   int
	ids           []string // lines
}

// envelope is what is read of a body: Terra's, or a Bundle of FHIR.
type envelope struct {
	Type         string
	ResourceType string
	User         struct {
		ID        string `json:"user_id"`
		Reference string `json:"reference_id"`
	}
	NewUser *struct {
		ID string `json:"user_id"`
	} `json:"new_user"`
	Data  json.RawMessage
	Entry []struct {
		Resource struct{ ResourceType, ID string }
	}
}

// item is what is read of one element of Terra's data: what names it.
type item struct {
	ID       string
	Metadata struct {
		ID    string `json:"summary_id"`
		Start string `json:"start_time"`
	}
}

// maxIDs is how many ids of records are shown of one delivery.
const maxIDs = 12

func describe(h http.Header, body []byte) about {
	a := about{typ: "not JSON", size: len(body), id: h.Get("webhook-id")}
	if a.id == "" {
		a.id = h.Get("X-Terra-Trace-Id")
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err == nil {
		a.read(e)
	}
	for _, name := range []string{"webhook-id", "X-Terra-Trace-Id", "terra-reference", "X-Terra-Ordering-Timestamp"} {
		if value := h.Get(name); value != "" {
			a.ids = append(a.ids, name+": "+plain(value))
		}
	}
	return a
}

func (a *about) read(e envelope) {
	a.typ = e.Type
	if e.ResourceType != "" {
		a.typ = strings.TrimSpace(e.ResourceType + " " + e.Type)
	}
	if a.typ == "" {
		a.typ = "no type"
	}
	a.user = e.User.ID
	if a.user == "" && e.NewUser != nil {
		a.user = e.NewUser.ID
	}
	if e.User.Reference != "" {
		a.ids = append(a.ids, "reference_id: "+plain(e.User.Reference))
	}
	names := namesOf(e)
	a.items = len(names)
	if len(names) > maxIDs {
		names = append(names[:maxIDs], fmt.Sprintf("and %d more", a.items-maxIDs))
	}
	if len(names) > 0 {
		a.ids = append(a.ids, "of: "+plain(strings.Join(names, ", ")))
	}
}

// namesOf returns what names each element: the record's id, or for what there
// is once a day the date.
func namesOf(e envelope) []string {
	var names []string
	for _, entry := range e.Entry {
		names = append(names, entry.Resource.ResourceType+"/"+entry.Resource.ID)
	}
	var items []item
	if json.Unmarshal(e.Data, &items) != nil {
		return names // there is none, or it is no list
	}
	for _, i := range items {
		date, _, _ := strings.Cut(i.Metadata.Start, "T")
		for _, name := range []string{i.Metadata.ID, i.ID, date, "unnamed"} {
			if name != "" {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

func (a about) line() string {
	text := plain(a.typ)
	if a.user != "" {
		text += ", user " + plain(a.user)
	}
	if a.items > 0 {
		text += fmt.Sprintf(", %d in it", a.items)
	}
	return fmt.Sprintf("%s, %d bytes", text, a.size)
}

// maxText cuts what a sender can make long.
const maxText = 400

// plain is text of a sender on one line: nothing in it moves the cursor.
func plain(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// printable is a body for a terminal: its lines stay.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, strings.ToValidUTF8(text, "?"))
}
