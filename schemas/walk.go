package schemas

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// accepts reports whether doc surely is one JSON value that the schema allows;
// false means no or don't know.
func (p *plan) accepts(doc string) bool {
	w := walk{doc: doc}
	if !w.value(p) {
		return false
	}
	w.blanks()
	return w.at == len(doc)
}

// anything is the plan of what no schema says anything about.
var anything = &plan{maxLength: -1, maxItems: -1}

// maxDepth is how deep values may lie in each other. encoding/json, which has
// the last word, takes more.
const maxDepth = 100

// A walk goes through the text of a document, and no further than where it
// is not surely accepted. It takes only what is JSON (RFC 8259).
type walk struct {
	doc       string
	at, depth int
}

func (w *walk) blanks() {
	for w.at < len(w.doc) {
		switch w.doc[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// next takes the character c, and blanks before it, if it is there.
func (w *walk) next(c byte) bool {
	w.blanks()
	if w.at == len(w.doc) || w.doc[w.at] != c {
		return false
	}
	w.at++
	return true
}

// value takes a value that p accepts. The parts of p look at the same text again.
func (w *walk) value(p *plan) bool {
	for p.only != nil {
		p = p.only
	}
	w.blanks()
	start := w.at
	if p.never || start == len(w.doc) || !w.own(p) {
		return false
	}
	end := w.at
	for _, part := range p.also {
		if !w.again(start, part) {
			return false
		}
	}
	if p.either != nil && !w.either(start, p.either) {
		return false
	}
	w.at = end
	return true
}

// again takes the value at start once more.
func (w *walk) again(start int, p *plan) bool {
	w.at = start
	return w.value(p)
}

func (w *walk) either(start int, plans []*plan) bool {
	depth := w.depth
	for _, p := range plans {
		if w.again(start, p) {
			return true
		}
		w.depth = depth // it may have been given up on the way
	}
	return false
}

// own takes a value that p accepts, leaving its parts aside.
func (w *walk) own(p *plan) bool {
	switch w.doc[w.at] {
	case '{':
		return p.scalar(nil, "object") && w.enter() && w.object(p) && w.leave()
	case '[':
		return p.scalar(nil, "array") && w.enter() && w.array(p) && w.leave()
	case '"':
		text, ok := w.text()
		return ok && p.text(text)
	case 't':
		return w.word("true") && p.scalar(true, "boolean")
	case 'f':
		return w.word("false") && p.scalar(false, "boolean")
	case 'n':
		return w.word("null") && p.scalar(nil, "null")
	}
	number, ok := w.number()
	return ok && p.number(number)
}

// enter takes a bracket, and reports whether what it holds is not too deep.
func (w *walk) enter() bool {
	w.at++
	w.depth++
	return w.depth <= maxDepth
}

func (w *walk) leave() bool {
	w.depth--
	return true
}

func (w *walk) object(p *plan) bool {
	if w.next('}') {
		return p.required == 0
	}
	for seen := uint64(0); ; {
		w.blanks()
		name, ok := w.text()
		if !ok || !w.next(':') {
			return false
		}
		mark, ok := w.member(p, name)
		if !ok {
			return false
		}
		seen |= mark
		if w.next('}') {
			return seen == p.required
		}
		if !w.next(',') {
			return false
		}
	}
}

// member takes the value of a member, and returns the mark that it has.
func (w *walk) member(p *plan, name string) (mark uint64, ok bool) {
	m := p.members[name]
	plans := [4]*plan{m.plan}
	known := plans[:0]
	if m.plan != nil {
		known = plans[:1]
	}
	for i := range p.patterned {
		if p.patterned[i].name.matches(name) {
			known = append(known, p.patterned[i].plan)
		}
	}
	if len(known) == 0 {
		others := p.others
		if others == nil {
			others = anything
		}
		return m.mark, w.value(others)
	}
	start := w.at
	for _, k := range known {
		if !w.again(start, k) {
			return 0, false
		}
	}
	return m.mark, true
}

func (w *walk) array(p *plan) bool {
	if w.next(']') {
		return p.minItems <= 0
	}
	items := p.items
	if items == nil {
		items = anything
	}
	for n := 1; ; n++ {
		if !w.value(items) {
			return false
		}
		if w.next(']') {
			return n >= p.minItems && (p.maxItems == -1 || n <= p.maxItems)
		}
		if !w.next(',') {
			return false
		}
	}
}

// text takes a string and returns what it says.
func (w *walk) text() (string, bool) {
	if w.at == len(w.doc) || w.doc[w.at] != '"' {
		return "", false
	}
	start, ascii := w.at+1, true
	for i := start; i < len(w.doc); i++ {
		switch c := w.doc[i]; {
		case c == '"':
			w.at = i + 1
			return w.doc[start:i], ascii || utf8.ValidString(w.doc[start:i])
		case c == '\\':
			return w.escaped(i)
		case c < 0x20:
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false
}

// escaped is text for one that has an escape, the first of them at i.
func (w *walk) escaped(i int) (text string, ok bool) {
	for ; i < len(w.doc) && w.doc[i] != '"'; i++ {
		if w.doc[i] == '\\' {
			i++
		}
	}
	if i >= len(w.doc) {
		return "", false
	}
	quoted := w.doc[w.at : i+1]
	w.at = i + 1
	return text, utf8.ValidString(quoted) && json.Unmarshal([]byte(quoted), &text) == nil
}

func (w *walk) word(text string) bool {
	if !strings.HasPrefix(w.doc[w.at:], text) {
		return false
	}
	w.at += len(text)
	return true
}

// number takes a number (RFC 8259 section 6).
func (w *walk) number() (json.Number, bool) {
	start := w.at
	w.one("-")
	if !w.one("0") && w.digits() == 0 {
		return "", false
	}
	if w.one(".") && w.digits() == 0 {
		return "", false
	}
	if w.one("eE") {
		w.one("+-")
		if w.digits() == 0 {
			return "", false
		}
	}
	return json.Number(w.doc[start:w.at]), true
}

// one takes a character if it is one of those.
func (w *walk) one(of string) bool {
	if w.at == len(w.doc) || strings.IndexByte(of, w.doc[w.at]) < 0 {
		return false
	}
	w.at++
	return true
}

func (w *walk) digits() (n int) {
	for w.at < len(w.doc) && '0' <= w.doc[w.at] && w.doc[w.at] <= '9' {
		w.at++
		n++
	}
	return n
}

// scalar reports whether p allows a value of a type; v is nil for one that has
// members or items.
func (p *plan) scalar(v any, jsonType string) bool {
	return (p.types == nil || slices.Contains(p.types, jsonType)) &&
		(p.constant == nil || among(p.constant, v)) && (p.allowed == nil || among(p.allowed, v)) &&
		(p.format == nil || v != nil && p.format(v))
}

func (p *plan) text(v string) bool {
	if p.types != nil && !slices.Contains(p.types, "string") {
		return false
	}
	if p.minLength > 0 || p.maxLength != -1 {
		if n := utf8.RuneCountInString(v); n < p.minLength || (p.maxLength != -1 && n > p.maxLength) {
			return false
		}
	}
	if p.pattern != nil && !p.pattern.matches(v) {
		return false
	}
	// Made an any, the text would be copied; few plans need it.
	return p.constant == nil && p.allowed == nil && p.format == nil || p.scalar(v, "string")
}

func (p *plan) number(v json.Number) bool {
	if p.constant != nil || p.allowed != nil || (p.bounds != nil && !within(p.bounds, v)) || (p.format != nil && !p.format(v)) {
		return false
	}
	return p.types == nil || slices.Contains(p.types, "number") || (slices.Contains(p.types, "integer") && whole(v))
}

// among compares texts and truth values only.
func among(allowed []any, v any) bool {
	switch v.(type) {
	case string, bool:
		return slices.Contains(allowed, v)
	}
	return false
}

func whole(v json.Number) bool {
	n := rational(v)
	return n != nil && n.IsInt()
}

func within(s *jsonschema.Schema, v json.Number) bool {
	n := rational(v)
	return n != nil &&
		(s.Minimum == nil || n.Cmp(s.Minimum) >= 0) && (s.Maximum == nil || n.Cmp(s.Maximum) <= 0) &&
		(s.ExclusiveMinimum == nil || n.Cmp(s.ExclusiveMinimum) > 0) && (s.ExclusiveMaximum == nil || n.Cmp(s.ExclusiveMaximum) < 0)
}

// rational returns the exact number; nil for one that is long or has an
// exponent, whose digits could fill the memory.
func rational(v json.Number) *big.Rat {
	if len(v) > 40 || strings.ContainsAny(string(v), "eE") {
		return nil
	}
	n, ok := new(big.Rat).SetString(string(v))
	if !ok {
		return nil
	}
	return n
}
