package tree

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func readConstraints(t *testing.T) map[string][][]float64 {
	t.Helper()
	text, err := os.ReadFile("testdata/constraints.json") // written by testdata/gen/constraints.py with LightGBM 4.7.0
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "tool")
	out := make(map[string][][]float64, len(raw))
	for name, v := range raw {
		var scores [][]float64
		if err := json.Unmarshal(v, &scores); err != nil {
			t.Fatal(err)
		}
		out[name] = scores
	}
	return out
}

func TestConstrainedTreesAreThoseOfLightGBM(t *testing.T) {
	s, tb := readSmall(t)
	two := make([]int32, tb.rows)
	for i, c := range s.Cls {
		two[i] = min(c, 1)
	}
	monotone := constraints{monotone: []int8{1, -1, 0, 0, 1}}
	groups := func(g ...[]int) constraints { return constraints{groups: g} }
	cases := map[string]struct {
		classes int
		change  func(*parameters)
	}{
		"monotone": {0, func(p *parameters) { p.constraints = monotone }},
		"monotone_penalties": {0, func(p *parameters) {
			p.constraints, p.l1, p.l2, p.minGain, p.maxDepth = monotone, 0.5, 2, 0.1, 4
		}},
		"monotone_logistic":     {2, func(p *parameters) { p.constraints = monotone }},
		"monotone_softmax":      {3, func(p *parameters) { p.constraints = monotone }},
		"interactions":          {0, func(p *parameters) { p.constraints = groups([]int{0, 1}, []int{1, 2, 3}, []int{4}) }},
		"interactions_left_out": {0, func(p *parameters) { p.constraints = groups([]int{0, 2}, []int{1, 3}) }},
		"interactions_monotone": {2, func(p *parameters) {
			p.constraints = groups([]int{0, 1, 4}, []int{0, 2, 3})
			p.constraints.monotone = monotone.monotone
		}},
		"categories": {0, func(p *parameters) { p.categorySmooth, p.categoryL2, p.maxCategories, p.minGroupRows = 3, 1, 3, 20 }},
		"one_hot":    {0, func(p *parameters) { p.maxOneHot = 16 }},
	}
	want := readConstraints(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := *tb
			p := smallParameters()
			switch c.classes {
			case 0:
				tb.value = s.Value
			case 2:
				tb.class, tb.classes, p.objective = two, 2, logistic{}
			default:
				tb.class, tb.classes, p.objective = s.Cls, 3, &softmax{}
			}
			c.change(&p)
			if p.l1 > 0 {
				tb.weight = s.Weight
			}
			e, err := boost(t.Context(), &tb, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			raw := scoreByPlan(t, e, &tb)
			if len(raw) != len(want[name]) {
				t.Fatalf("%d outputs, want %d", len(raw), len(want[name]))
			}
			for k := range raw {
				requireClose(t, name, raw[k], want[name][k])
			}
		})
	}
}

// bent returns a table of numbers, some missing, whose target turns around in every column: what monotone trees cannot follow.
func bent(rows int, seed uint64) *table {
	r := rand.New(rand.NewPCG(seed, 3))
	out := &table{rows: rows}
	out.value, out.class, out.classes = make([]float64, rows), make([]int32, rows), 3
	for f := range 6 {
		c := column{numeric: make([]float64, rows)}
		for i := range rows {
			v := r.NormFloat64()
			out.value[i] += math.Sin(3*v) + v*[]float64{1, -1, 0}[f%3]
			if f%2 == 1 && r.IntN(6) == 0 {
				v = math.NaN()
			}
			c.numeric[i] = v
		}
		out.columns = append(out.columns, c)
	}
	for i, v := range out.value {
		out.class[i] = int32(min(max(math.Floor(v+1.5), 0), 2))
	}
	return out
}

// TestScoresFollowMonotoneColumns scores pairs of rows that differ in one monotone column only.
func TestScoresFollowMonotoneColumns(t *testing.T) {
	directions := []int8{1, -1, 0, 1, -1, 0}
	r := rand.New(rand.NewPCG(5, 5))
	for name, o := range map[string]objective{"squared": squared{}, "softmax": &softmax{}, "quantile": pinball{alpha: 0.3}} {
		tb := bent(1500, 4)
		p := defaults()
		p.objective, p.trees, p.rate, p.minRows, p.leaves = o, 20, 0.3, 5, 40
		p.constraints = constraints{monotone: directions}
		e, err := boost(t.Context(), tb, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		const pairs = 4000
		for f, d := range directions {
			low, high := part(t, tb, make([]int, pairs)), part(t, tb, make([]int, pairs))
			for c := range low.columns {
				for i := range pairs {
					v := tb.columns[c].numeric[r.IntN(tb.rows)]
					low.columns[c].numeric[i], high.columns[c].numeric[i] = v, v
				}
			}
			for i := range pairs {
				a, b := r.NormFloat64(), r.NormFloat64()*0.2
				low.columns[f].numeric[i], high.columns[f].numeric[i] = a, a+math.Abs(b)
			}
			from, to := e.raw(low), e.raw(high)
			rises, falls := 0, 0
			for k := range from {
				for i := range pairs {
					switch {
					case to[k][i] > from[k][i]:
						rises++
					case to[k][i] < from[k][i]:
						falls++
					}
				}
			}
			if (d > 0 && falls > 0) || (d < 0 && rises > 0) || (d == 0 && (rises == 0 || falls == 0)) || rises+falls == 0 {
				t.Errorf("%s: column %d of direction %d: %d of %d scores rise and %d fall", name, f, d, rises, pairs*len(from), falls)
			}
		}
	}
}

// paths calls f with the columns on the way to each leaf.
func (g *grown) paths(f func(columns []int)) {
	var walk func(i int32, above []int)
	walk = func(i int32, above []int) {
		if i < 0 {
			f(above)
			return
		}
		n := &g.nodes[i]
		for _, c := range n.children {
			walk(c, append(slices.Clone(above), n.column))
		}
	}
	if len(g.nodes) > 0 {
		walk(0, nil)
	}
}

func TestColumnsOfDifferentGroupsDoNotMeet(t *testing.T) {
	tb := synthetic(3000, 9, 6)
	r := rand.New(rand.NewPCG(8, 8))
	for range 6 {
		var groups [][]int
		for range 1 + r.IntN(4) {
			groups = append(groups, r.Perm(9)[:1+r.IntN(4)])
		}
		p := defaults()
		p.trees, p.minRows, p.constraints, p.seed = 20, 5, constraints{groups: groups}, r.Uint64()
		p.nodeFraction, p.growth = []float64{1, 0.5}[r.IntN(2)], Growth(r.IntN(2))
		e, err := boost(t.Context(), tb, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for _, g := range e.trees {
			g.paths(func(columns []int) {
				slices.Sort(columns)
				columns = slices.Compact(columns)
				most = max(most, len(columns))
				if !slices.ContainsFunc(groups, func(g []int) bool {
					return !slices.ContainsFunc(columns, func(c int) bool { return !slices.Contains(g, c) })
				}) {
					t.Fatalf("columns %v stand on one path, want columns of one of %v", columns, groups)
				}
			})
		}
		largest := 0
		for _, g := range groups {
			largest = max(largest, len(g))
		}
		if most != largest {
			t.Errorf("%d columns on the widest path, want %d of the largest group of %v", most, largest, groups)
		}
	}
}

// TestAPlantedInteractionIsFoundWhereItMayBe has a class that is told by two columns together and by neither alone.
func TestAPlantedInteractionIsFoundWhereItMayBe(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	const n = 8000
	tb := &table{rows: n, labels: labels{class: make([]int32, n), classes: 2}}
	for range 4 {
		c := column{numeric: make([]float64, n)}
		for i := range c.numeric {
			c.numeric[i] = r.NormFloat64()
		}
		tb.columns = append(tb.columns, c)
	}
	for i := range tb.class {
		if (tb.columns[1].numeric[i] > 0) != (tb.columns[2].numeric[i] > 0) {
			tb.class[i] = 1
		}
	}
	rows := r.Perm(n)
	train, test := part(t, tb, rows[:n/2]), part(t, tb, rows[n/2:])
	auc := func(groups ...[]int) float64 {
		p := defaults()
		p.objective, p.constraints = logistic{}, constraints{groups: groups}
		e, err := boost(t.Context(), train, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		return areaUnderROC(test.class, 1, e.raw(test)[0])
	}
	// Chance is 0.5 with a standard error of 0.009 over 4,000 rows.
	if free, together, apart := auc(), auc([]int{1, 2}, []int{0}), auc([]int{0, 1}, []int{2, 3}); free < 0.98 || together < 0.99 || math.Abs(apart-0.5) > 0.04 {
		t.Errorf("AUC %v free, %v with both columns in a group, %v apart; want at least 0.98, 0.99, and 0.5", free, together, apart)
	}
}
