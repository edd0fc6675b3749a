package summary

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"image/color"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"nutrigate/mapping/digest"
	"nutrigate/mapping/record"
)

// A trend is what one chart shows: a metric in a unit, or its parts.
type trend struct {
	title, metric string
	parts         []string // "" is the metric itself
	unit, shown   string
}

func trends() []trend {
	return []trend{
		{"Weight", "weight", []string{""}, "kg", "kg"},
		{"Blood pressure", "blood_pressure", []string{"systolic", "diastolic"}, "mm[Hg]", "mmHg"},
		{"Blood glucose", "blood_glucose", []string{""}, "mmol/L", "mmol/L"},
	}
}

// width and height of a chart: three of them are as wide as a page of A4.
const (
	width  vg.Length = 170 // in points
	height vg.Length = 108
	// overhang is how far the label of the last date goes beyond the axis.
	overhang vg.Length = 8
)

// charts draws the trends of which there are two values at least.
func charts(records []record.Record) ([]chart, error) {
	var all []chart
	for _, t := range trends() {
		series := make([][]digest.Point, 0, len(t.parts))
		most := 0
		for _, part := range t.parts {
			points := digest.Series(records, t.metric, part, t.unit)
			series, most = append(series, points), max(most, len(points))
		}
		if most < 2 {
			continue
		}
		svg, err := drawn(series)
		if err != nil {
			return nil, fmt.Errorf("chart of %s: %w", t.metric, err)
		}
		all = append(all, chart{t.title + ", " + t.shown, inWords(series), svg})
	}
	return all, nil
}

// inWords says what a chart shows to who cannot see it.
func inWords(series [][]digest.Point) string {
	var said []string
	for _, points := range series {
		if len(points) > 0 {
			last := points[len(points)-1]
			said = append(said, fmt.Sprintf("%d values from %s to %s, the last %s.", len(points), points[0].Day, last.Day, last.Value.Value))
		}
	}
	return strings.Join(said, " ")
}

var inks = []color.Color{color.RGBA{0x1f, 0x4e, 0x79, 0xff}, color.RGBA{0xa0, 0x52, 0x2d, 0xff}}

// drawn returns the series as SVG: a dot for each value, joined by lines.
func drawn(series [][]digest.Point) (template.HTML, error) {
	p := plot.New()
	p.X.Tick.Marker = plot.TimeTicks{Ticker: ends{}, Format: "Jan 2006"}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Tick.Label.Font.Size = vg.Points(6)
		axis.Tick.Length = vg.Points(2)
		axis.LineStyle.Width = vg.Points(.4)
		axis.Tick.LineStyle.Width = vg.Points(.4)
	}
	for i, points := range series {
		line, dots, err := plotter.NewLinePoints(located(points))
		if err != nil {
			return "", err
		}
		line.Width, line.Color = vg.Points(.6), inks[i%len(inks)]
		dots.Shape, dots.Radius, dots.Color = draw.CircleGlyph{}, vg.Points(.7), inks[i%len(inks)]
		p.Add(line, dots)
	}
	c := vgsvg.New(width, height)
	p.Draw(draw.Crop(draw.New(c), 0, -overhang, 0, 0))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	_, svg, _ := bytes.Cut(b.Bytes(), []byte("<svg")) // without the prologue, which HTML does not take
	return template.HTML("<svg" + string(svg)), nil   //nolint:gosec // made of numbers alone
}

// located places values on the calendar of the diary, whatever its zone.
func located(points []digest.Point) plotter.XYs {
	all := make(plotter.XYs, 0, len(points))
	for _, p := range points {
		clock := cmp.Or(p.Time, "12:00")
		at, err := time.Parse("2006-01-02T15:04:05", string(p.Day)+"T"+clock.WithSeconds())
		y, errY := strconv.ParseFloat(string(p.Value.Value), 64) // for drawing only
		if err == nil && errY == nil {
			all = append(all, plotter.XY{X: float64(at.Unix()), Y: y})
		}
	}
	return all
}

// ends marks the first and the last day alone: a chart this small has no room
// for more.
type ends struct{}

// Ticks implements plot.Ticker.
func (ends) Ticks(low, high float64) []plot.Tick {
	const label = "x" // replaced by the date
	return []plot.Tick{{Value: low, Label: label}, {Value: (low + high) / 2}, {Value: high, Label: label}}
}
