package schemas

import (
	"regexp"
	"regexp/syntax"
	"slices"
)

// A matcher says what its regular expression says, mostly faster: an expression
// that starts with ^ becomes a table of states, and a text of ASCII is then
// decided with one look a byte. The patterns of nutrients run 61 times a row.
type matcher struct {
	re     *regexp.Regexp
	states []state // none if the expression is not one that fits the table
}

// A state is a set of places in the expression.
type state struct {
	next [128]uint8 // number of the state after a byte; 0 is the one without a way on
	sure bool       // matches, whatever follows
	end  bool       // matches if the text ends here
}

// maxStates keeps a table small; expressions that need more stay as they are.
const maxStates = 64

func newMatcher(re *regexp.Regexp) *matcher {
	m := &matcher{re: re}
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return m
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return m
	}
	if b := (&builder{prog: prog, places: [][]uint32{nil}}); b.build() {
		m.states = b.states
	}
	return m
}

func (m *matcher) matches(s string) bool {
	if m.states == nil {
		return m.re.MatchString(s)
	}
	at := uint8(1)
	for i := range len(s) {
		if s[i] >= 0x80 {
			return m.re.MatchString(s)
		}
		if m.states[at].sure {
			return true
		}
		if at = m.states[at].next[s[i]]; at == 0 {
			return false
		}
	}
	return m.states[at].sure || m.states[at].end
}

// builder makes the states: the subset construction, over the program that
// package regexp itself would run.
type builder struct {
	prog   *syntax.Prog
	states []state
	places [][]uint32 // of each state, sorted
	unfit  bool       // has a condition that the table cannot express
}

// build reports whether all went into the table.
func (b *builder) build() bool {
	b.states = []state{{}}
	if b.number(b.closure([]uint32{uint32(b.prog.Start)}, 0)) != 0 {
		return false // something matches without a ^ before it
	}
	start := b.closure([]uint32{uint32(b.prog.Start)}, syntax.EmptyBeginText)
	if b.number(start) != 1 {
		return false
	}
	for i := 1; i < len(b.states); i++ {
		for c := range b.states[i].next {
			n := b.number(b.closure(b.step(b.places[i], rune(c)), 0))
			if n >= maxStates {
				return false
			}
			b.states[i].next[c] = uint8(n)
		}
	}
	return !b.unfit
}

// number returns the state of a set of places, a new one if it was not met yet.
func (b *builder) number(places []uint32) int {
	for i := range b.places {
		if slices.Equal(b.places[i], places) {
			return i
		}
	}
	b.places = append(b.places, places)
	b.states = append(b.states, state{
		sure: b.done(places),
		end:  b.done(b.closure(places, syntax.EmptyEndText)),
	})
	return len(b.states) - 1
}

func (b *builder) done(places []uint32) bool {
	return slices.ContainsFunc(places, func(pc uint32) bool { return b.prog.Inst[pc].Op == syntax.InstMatch })
}

// step returns where the places lead to with a character.
func (b *builder) step(places []uint32, c rune) []uint32 {
	var to []uint32
	for _, pc := range places {
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(c) {
				to = append(to, inst.Out)
			}
		}
	}
	return to
}

// closure adds what can be reached without a character, where the conditions
// hold, and leaves what waits for a character, a condition or the end.
func (b *builder) closure(places []uint32, holds syntax.EmptyOp) []uint32 {
	seen := map[uint32]bool{}
	var reached []uint32
	for todo := slices.Clone(places); len(todo) > 0; {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstFail:
		case syntax.InstEmptyWidth:
			switch condition := syntax.EmptyOp(inst.Arg); {
			case condition&^holds == 0:
				todo = append(todo, inst.Out)
			case condition == syntax.EmptyEndText:
				reached = append(reached, pc)
			case condition != syntax.EmptyBeginText: // which can hold no more
				b.unfit = true
			}
		default:
			reached = append(reached, pc)
		}
	}
	slices.Sort(reached)
	return reached
}
