package main

import (
	"os"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"nutrigate/gateway/source"
)

// progress shows bars on standard error, if that is a terminal.
type progress struct {
	bars  *mpb.Progress // nil where nobody looks
	steps map[string]*mpb.Bar
}

func newProgress() *progress {
	p := &progress{steps: map[string]*mpb.Bar{}}
	if isatty.IsTerminal(os.Stderr.Fd()) {
		p.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(50))
	}
	return p
}

// show says how much of a step is done. It is not safe for concurrent use.
func (p *progress) show(step string, done, total int) {
	if p.bars == nil {
		return
	}
	bar := p.steps[step]
	if bar == nil {
		bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(step, decor.WCSyncSpaceR), decor.CountersNoUnit("%d / %d", decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.Percentage()))
		p.steps[step] = bar
	}
	bar.SetTotal(int64(total), false)
	bar.SetCurrent(int64(done))
	if done == total {
		bar.SetTotal(int64(total), true)
	}
}

// files returns what an import tells of the documents that it reads.
func (p *progress) files(docs []source.Document) func(name string, rows int, bytes int64) {
	sizes := map[string]int64{}
	for _, d := range docs {
		sizes[d.Name] = d.Size
	}
	return func(name string, _ int, bytes int64) { p.show(name, int(bytes), int(sizes[name])) }
}

// close leaves the bars as they are and gives the terminal back. It may be
// called more than once.
func (p *progress) close() {
	if p.bars == nil {
		return
	}
	for _, bar := range p.steps {
		bar.Abort(false) // does nothing to a bar that is complete
	}
	p.bars.Wait()
	p.bars = nil
}
