package simulate

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/record"
)

// A question is the body of any call of the API.
type question struct {
	Day      record.Date `json:"day"`
	Start    record.Date `json:"start"`
	End      record.Date `json:"end"`
	Food     bool        `json:"food"`
	ClientID int64       `json:"client_id"`
}

// span returns the days that are asked for.
func (q *question) span() (from, to record.Date, ok bool) {
	from, to = q.Start, q.End
	if q.Day != "" {
		from, to = q.Day, q.Day
	}
	for _, d := range []record.Date{from, to} {
		if _, err := record.ParseDate(string(d)); err != nil {
			return "", "", false
		}
	}
	return from, to, from <= to
}

// proBearer is the static token of the simulated coach, who sees every person.
const proBearer = "simulated-pro"

// api answers a call of the API.
func (s *Simulator) api(w http.ResponseWriter, r *http.Request) {
	fault, delay := s.draw()
	if s.before(fault, delay, w, r) {
		return
	}
	var q question
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err == nil {
		err = json.Unmarshal(body, &q)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "error", "the body is not JSON")
		return
	}
	p := s.caller(r, q.ClientID)
	if p == nil {
		refuse(w, http.StatusUnauthorized, "error", "invalid access token")
		return
	}
	name := r.PathValue("name")
	if name == "client_status" {
		answer(w, s.clients())
		return
	}
	from, to, ok := q.span()
	if name != "targets" && !ok {
		refuse(w, http.StatusBadRequest, "error", "day, or start and end, as YYYY-MM-DD")
		return
	}
	document, known := s.document(p, name, &q, from, to)
	if !known {
		refuse(w, http.StatusNotFound, "error", "no such method")
		return
	}
	text, err := encode(document)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(fault, w, "application/json", text, [2]string{`"nutrients"`, `"nutrient_list"`})
}

// caller returns whose data the token opens; nil for nobody's.
func (s *Simulator) caller(r *http.Request, client int64) *person {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil
	}
	if bearer == proBearer {
		n := max(client-s.people[0].id, 0)
		if n < int64(len(s.people)) {
			return s.people[n]
		}
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bearers[bearer]
}

func (s *Simulator) clients() any {
	type client struct {
		Status string `json:"status"`
		ID     int64  `json:"client_id"`
		Name   string `json:"name"`
		Email  string `json:"email"`
	}
	all := []client{}
	for _, p := range s.people {
		all = append(all, client{"EXTERNAL_CLIENT", p.id, "Synthetic Person", p.username})
	}
	return map[string]any{"clients": all}
}

func (s *Simulator) document(p *person, name string, q *question, from, to record.Date) (document any, known bool) {
	days, err := p.diary.Days(from, to, s.Today(), s.options.Variant)
	if err != nil {
		return nil, false
	}
	switch name {
	case "data_summary":
		dates := []record.Date{}
		for _, d := range days {
			dates = append(dates, d.Date)
		}
		return map[string]any{"days": dates, "signup": p.diary.First()}, true
	case "diary_summary":
		return diaries(p, q, days), true
	case "macro_summary":
		if len(days) == 0 {
			return map[string]any{}, true
		}
		return macros(days[0].Nutrients), true
	case "targets":
		return targets(), true
	case "fasting_summary":
		return map[string]any{"fasts": fasts(days)}, true
	case "biometric_summary":
		return map[string]any{"biometrics": biometrics(days)}, true
	}
	return nil, false
}

// diaries has both shapes: one object for a day, and for a range an object by
// date or, with people of even numbers, an array.
func diaries(p *person, q *question, days []demo.Day) any {
	all, byDate := []any{}, map[record.Date]any{}
	for i := range days {
		d := diary(&days[i], q.Food)
		all, byDate[days[i].Date] = append(all, d), d
	}
	switch {
	case q.Day != "" && len(all) == 0:
		return diary(&demo.Day{Date: q.Day}, q.Food)
	case q.Day != "":
		return all[0]
	case p.number%2 == 0:
		return all
	}
	return byDate
}

type group struct {
	Name   string                 `json:"name"`
	Foods  []food                 `json:"foods"`
	Macros map[string]json.Number `json:"macros"`
}

type food struct {
	Name    string `json:"name"`
	Serving string `json:"serving"`
}

func diary(d *demo.Day, withFood bool) map[string]any {
	nutrients := map[string]json.Number{}
	for _, n := range d.Nutrients {
		nutrients[n.Name] = json.Number(n.Value)
	}
	out := map[string]any{
		"day": d.Date, "completed": d.Completed, "macros": macros(d.Nutrients), "nutrients": nutrients, "metrics": []any{},
	}
	if !withFood {
		return out
	}
	groups := []group{}
	for _, g := range d.Groups {
		one := group{Name: g.Name, Foods: []food{}, Macros: macros(g.Nutrients)}
		for _, f := range g.Foods {
			one.Foods = append(one.Foods, food{f.Name, f.Serving})
		}
		groups = append(groups, one)
	}
	out["foods"] = groups
	return out
}

// macroNames has the ten macros by the names of their nutrients.
var macroNames = map[string]string{
	"Alcohol": "alcohol", "Fat": "fat", "Fiber": "fiber", "Energy": "kcal", "Magnesium": "magnesium",
	"Net Carbs": "net_carbs", "Potassium": "potassium", "Protein": "protein", "Sodium": "sodium", "Carbs": "total_carbs",
}

func macros(nutrients []demo.Amount) map[string]json.Number {
	out := map[string]json.Number{}
	for _, n := range nutrients {
		if name, is := macroNames[n.Name]; is {
			out[name] = json.Number(n.Value)
		}
	}
	return out
}

func targets() any {
	type target struct {
		Min  json.Number `json:"min,omitempty"`
		Max  json.Number `json:"max,omitempty"`
		Unit string      `json:"unit"`
	}
	out := map[string]target{}
	for _, t := range demo.Targets() {
		out[t.Nutrient] = target{json.Number(t.Least), json.Number(t.Most), t.Unit}
	}
	return out
}

func fasts(days []demo.Day) any {
	type fast struct {
		Name     string  `json:"name"`
		Start    string  `json:"start"`
		Finish   *string `json:"finish"`
		Comments string  `json:"comments"`
	}
	out := []fast{}
	for _, d := range days {
		for _, f := range d.Fasts {
			one := fast{Name: f.Name, Start: f.Start, Comments: f.Comments}
			if f.Finish != "" {
				one.Finish = &f.Finish
			}
			out = append(out, one)
		}
	}
	return out
}

func biometrics(days []demo.Day) any {
	type biometric struct {
		Name  string      `json:"name"`
		Day   record.Date `json:"day"`
		Time  string      `json:"time,omitempty"`
		Value any         `json:"value"`
		Unit  string      `json:"unit"`
	}
	out := []biometric{}
	for _, d := range days {
		for _, m := range d.Measured {
			value := any(json.Number(m.Value))
			if strings.Contains(m.Value, "/") {
				value = m.Value
			}
			out = append(out, biometric{m.Name, d.Date, m.Time, value, m.Unit})
		}
	}
	return out
}

// encode writes JSON as the API does.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	text, err := encode(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

// refuse answers with an error as the API does, or, where the member is
// "message", as its OAuth does.
func refuse(w http.ResponseWriter, status int, member, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{member: text})
}
