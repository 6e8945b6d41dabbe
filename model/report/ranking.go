package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/page"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

const (
	ndcgBins    = 20 // of the histogram of queries
	ndcgShown   = 10 // the cutoff of that histogram
	placesShown = 10 // places whose rows are looked at
)

// cutoffs are the places up to which NDCG is shown.
func cutoffs() []int { return []int{1, 2, 3, 5, 10, 20, 50, 100} }

// query is the rows of one, best score first.
type query struct {
	grade, score []float64
	weight       float64
}

// ranking draws how well scores order the rows of queries.
func (a Answers) ranking() ([]page.Section, error) {
	s := page.Section{ID: "ranking", Heading: "Order within queries"}
	queries := a.queries()
	if len(queries) == 0 {
		s.Blocks = append(s.Blocks, page.Block{Text: "No row counts, so that there is no order to draw."})
		return []page.Section{s}, nil
	}
	fewest, most := len(queries[0].grade), 0
	for _, q := range queries {
		fewest, most = min(fewest, len(q.grade)), max(most, len(q.grade))
	}
	noun := "queries"
	if len(queries) == 1 {
		noun = "query"
	}
	s.Intro = fmt.Sprintf("%s %s of %s to %s. Rows with equal scores share their places.", page.Count(int64(len(queries))), noun, page.Count(int64(fewest)), page.Plural(int64(most), "row"))
	byCutoff, err := cutoffBlocks(queries, most)
	if err != nil {
		return nil, err
	}
	spread, err := spreadBlock(queries)
	if err != nil {
		return nil, err
	}
	s.Blocks = append(s.Blocks, byCutoff[0], spread, placeBlock(queries, most), byCutoff[1])
	return []page.Section{s}, nil
}

// queries gathers the rows of a weight above 0 by query, in the order in which queries are met.
func (a Answers) queries() []*query {
	at := make(map[int32]*query)
	var out []*query
	for i, code := range a.Query {
		w := weightOf(a.Weight, i)
		if !(w > 0) {
			continue
		}
		q := at[code]
		if q == nil {
			q = &query{}
			at[code] = q
			out = append(out, q)
		}
		q.grade, q.score = append(q.grade, a.Actual[i]), append(q.score, a.Number[i])
		q.weight += w
	}
	for _, q := range out {
		n := len(q.grade)
		q.weight /= float64(n)
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(q.score[j], q.score[i]) })
		grade, score := make([]float64, n), make([]float64, n)
		for to, from := range order {
			grade[to], score[to] = q.grade[from], q.score[from]
		}
		q.grade, q.score = grade, score
	}
	return out
}

// ndcg returns LightGBM's NDCG of the first k places: by the scores, and by no order at all.
func (q *query) ndcg(k int) (scored, chance float64, err error) {
	gains := make([]float64, len(q.grade))
	for i, g := range q.grade {
		gains[i] = math.Ldexp(1, int(g)) - 1
	}
	best, err := metric.DCG(gains, gains, k)
	if err != nil {
		return 0, 0, err
	}
	got, err := metric.DCG(gains, q.score, k)
	if err != nil {
		return 0, 0, err
	}
	if best == 0 {
		return 1, 1, nil
	}
	none, err := metric.DCG(gains, make([]float64, len(gains)), k)
	return got / best, none / best, err
}

// cutoffBlocks draws the NDCG of cutoffs, and writes it as a table.
func cutoffBlocks(queries []*query, most int) ([2]page.Block, error) {
	bars := page.BarsOptions{Title: "NDCG by cutoff", Series: []page.Series{{Name: "by the scores"}, {Name: "in any order"}}}
	t := &page.Table{
		Caption: "NDCG by cutoff", RowHead: true, Noun: "cutoff",
		Head: []page.Head{{Text: "First places"}, {Text: "NDCG", Number: true}, {Text: "In any order", Number: true}, {Text: "Queries with so many rows", Number: true}},
	}
	for _, k := range cutoffs() {
		var sums [2]float64
		total, long := 0.0, 0
		for _, q := range queries {
			scored, chance, err := q.ndcg(k)
			if err != nil {
				return [2]page.Block{}, err
			}
			sums[0] += q.weight * scored
			sums[1] += q.weight * chance
			total += q.weight
			if len(q.grade) >= k {
				long++
			}
		}
		bars.Names = append(bars.Names, fmt.Sprintf("first %d", k))
		for i := range sums {
			bars.Series[i].Values = append(bars.Series[i].Values, sums[i]/total)
		}
		t.Rows = append(t.Rows, []page.Cell{page.T(page.Count(int64(k))), page.N(page.Fixed(sums[0]/total, 4)), page.N(page.Fixed(sums[1]/total, 4)), page.N(page.Count(int64(long)))})
		if k >= most {
			break
		}
	}
	note := "The gain of a grade g is 2^g − 1; a query without a grade above 0 counts as 1. In any order: what equal scores would have."
	figure := &page.Figure{Caption: bars.Title, Chart: page.Bars(bars), Legend: []string{bars.Series[0].Name, bars.Series[1].Name}, Note: note}
	return [2]page.Block{{Figure: figure}, {Table: t}}, nil
}

// spreadBlock draws how many queries have which NDCG.
func spreadBlock(queries []*query) (page.Block, error) {
	edges := page.Edges(0, 1, ndcgBins, false)
	counts := make([]float64, len(edges)-1)
	for _, q := range queries {
		v, _, err := q.ndcg(ndcgShown)
		if err != nil {
			return page.Block{}, err
		}
		counts[min(int(v*float64(len(counts))), len(counts)-1)]++
	}
	title := fmt.Sprintf("Queries by NDCG at %d", ndcgShown)
	chart := page.Histogram(page.HistogramOptions{Title: title, Edges: edges, Series: []page.Series{{Name: "queries", Values: counts}}, Value: fmt.Sprintf("NDCG at %d", ndcgShown)})
	return page.Block{Figure: &page.Figure{Caption: title, Chart: chart}}, nil
}

// placeBlock draws how often the row at a place has a grade above 0.
func placeBlock(queries []*query, most int) page.Block {
	hits, rows := make([]float64, min(most, placesShown)), make([]float64, min(most, placesShown))
	for _, q := range queries {
		for from := 0; from < len(q.score) && from < len(hits); {
			to, relevant := from, 0.0
			for ; to < len(q.score) && q.score[to] == q.score[from]; to++ {
				if q.grade[to] > 0 {
					relevant++
				}
			}
			for place := from; place < min(to, len(hits)); place++ {
				hits[place] += q.weight * relevant / float64(to-from)
				rows[place] += q.weight
			}
			from = to
		}
	}
	bars := page.BarsOptions{Title: "Relevant rows by place", Series: []page.Series{{Name: "relevant"}}}
	for i := range hits {
		bars.Names = append(bars.Names, fmt.Sprintf("place %d", i+1))
		bars.Series[0].Values = append(bars.Series[0].Values, hits[i]/rows[i])
	}
	return page.Block{Figure: &page.Figure{Caption: bars.Title, Chart: page.Bars(bars), Note: "Of the queries that have a row at the place, the share in which its grade is above 0."}}
}

// checkQueries wants a query and a grade in each row.
func (a Answers) checkQueries() error {
	if a.Query == nil {
		return nil
	}
	if len(a.Query) != len(a.Actual) {
		return fmt.Errorf("%w: want %d queries, got %d", ErrAnswers, len(a.Actual), len(a.Query))
	}
	for i, g := range a.Actual {
		if !(g >= 0 && g <= model.MaxGrade && g == math.Trunc(g)) {
			return fmt.Errorf("%w: row %d: want a grade of a ranking, a whole number from 0 to %d, got another number", ErrAnswers, i, model.MaxGrade)
		}
	}
	return nil
}
