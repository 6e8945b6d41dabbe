package report

import (
	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// qualityFact is the score in one line.
func qualityFact(q, after *repair.Quality) page.Fact {
	f := page.Fact{Name: "Quality", Value: score(q.Score), Note: "of 1"}
	if after != nil {
		f.Note = score(after.Score) + " after repair"
	}
	return f
}

// score writes a figure of quality: what is not 1 is not rounded to it.
func score(x float64) string {
	text := page.Fixed(x, 4)
	if x < 1 && text == page.Fixed(1, 4) {
		return "< 1"
	}
	return text
}

// quality shows what the score is made of, before a repair and after it.
func quality(q, after *repair.Quality) page.Section {
	t := &page.Table{
		Caption: "The score and what it is made of", RowHead: true,
		Head: []page.Head{{Text: "Figure"}, {Text: "Weight", Number: true}, {Text: "Value", Number: true}},
	}
	o := page.BarsOptions{Title: "What the score loses", Series: []page.Series{{Name: "as it came"}}}
	if after != nil {
		t.Head = append(t.Head, page.Head{Text: "After repair", Number: true})
		o.Series = append(o.Series, page.Series{Name: "after repair"})
	}
	t.Head = append(t.Head, page.Head{Text: "What it is"})
	for _, part := range []struct {
		name, says string
		weight     float64
		of         func(*repair.Quality) float64
	}{
		{"Score", "the mean of the four below, by their weights", 1, func(q *repair.Quality) float64 { return q.Score }},
		{"Completeness", "cells that are there", repair.CompletenessWeight, func(q *repair.Quality) float64 { return q.Completeness }},
		{"Validity", "cells that keep the rules on their values", repair.ValidityWeight, func(q *repair.Quality) float64 { return q.Validity }},
		{"Uniqueness", "rows that repeat no key", repair.UniquenessWeight, func(q *repair.Quality) float64 { return q.Uniqueness }},
		{"Consistency", "cells that contradict no other cell, row or the reference", repair.ConsistencyWeight, func(q *repair.Quality) float64 { return q.Consistency }},
	} {
		row := []page.Cell{page.T(part.name), page.N(page.Number(part.weight)), page.N(score(part.of(q)))}
		if after != nil {
			row = append(row, page.N(score(part.of(after))))
		}
		t.Rows = append(t.Rows, append(row, page.Cell{Text: part.says, Wrap: true}))
		if part.weight == 1 {
			continue
		}
		o.Names = append(o.Names, part.name)
		for i, of := range []*repair.Quality{q, after}[:len(o.Series)] {
			o.Series[i].Values = append(o.Series[i].Values, part.weight*(1-part.of(of)))
		}
	}
	s := page.Section{ID: "quality", Heading: "Quality", Intro: "What nobody looked for is not seen: compare scores only under the same schema and the same checks.", Blocks: []page.Block{{Table: t}}}
	if q.Score < 1 {
		f := &page.Figure{Caption: o.Title, Chart: page.Bars(o), Note: "Each figure's distance from 1 times its weight."}
		if after != nil {
			f.Legend = []string{o.Series[0].Name, o.Series[1].Name}
		}
		s.Blocks = append(s.Blocks, page.Block{Figure: f})
	}
	return s
}
