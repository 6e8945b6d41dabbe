package survey

import (
	"cmp"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

const (
	maxCategories = 64 // of a column of texts, in the sample
	fewNumbers    = 20 // numbers that are taken by value
	tenths        = 10
)

// dependencies fills in what the drawn rows say of columns together.
func (f *Surveyor) dependencies(s *Survey) {
	var numeric, categorical []int // places in a row
	for k, i := range f.drawn {
		t := f.schema.Field(i).Type
		if t.IsNumeric() {
			numeric = append(numeric, k)
		}
		if t.IsText() || t.Class() == dataset.ClassBool {
			categorical = append(categorical, k)
		}
	}
	s.Spearman = f.spearman(numeric[:min(len(numeric), maxPaired)])
	s.CramersV = f.cramersV(categorical[:min(len(categorical), maxPaired)])
	if i := f.schema.Index(s.Target); i >= 0 && f.columns[i].place >= 0 {
		s.Information = f.information(f.columns[i].place)
	}
}

// matrix fills in of, which is symmetric, for each two of the places.
func (f *Surveyor) matrix(places []int, of func(a, b int) float64) Matrix {
	m := Matrix{Columns: make([]string, len(places)), Values: make([][]float64, len(places))}
	for a, k := range places {
		m.Columns[a] = f.schema.Field(f.drawn[k]).Name
		m.Values[a] = make([]float64, len(places))
		for b := range a + 1 {
			x := of(a, b)
			if x = rounded(x); a == b && !math.IsNaN(x) {
				x = 1
			}
			m.Values[a][b], m.Values[b][a] = x, x
		}
	}
	return m
}

func rounded(x float64) float64 { return math.Round(x*1e4)/1e4 + 0 } // no -0

func (f *Surveyor) spearman(places []int) Matrix {
	columns, ranked, whole := make([][]uint64, len(places)), make([][]float64, len(places)), make([]bool, len(places))
	for a, k := range places {
		columns[a] = f.sample.column(k)
		whole[a] = !slices.Contains(columns[a], missing)
		if whole[a] {
			ranked[a] = ranks(columns[a])
		}
	}
	return f.matrix(places, func(a, b int) float64 {
		if whole[a] && whole[b] {
			return pearson(ranked[a], ranked[b])
		}
		x, y := together(columns[a], columns[b])
		return pearson(ranks(x), ranks(y))
	})
}

// together returns the rows that have both.
func together(x, y []uint64) (a, b []uint64) {
	for i, v := range x {
		if v != missing && y[i] != missing {
			a, b = append(a, v), append(b, y[i])
		}
	}
	return a, b
}

// ranks returns the ranks of numbers from 1 on; equal ones share their mean.
func ranks(bits []uint64) []float64 {
	order, out := make([]int, len(bits)), make([]float64, len(bits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Compare(math.Float64frombits(bits[i]), math.Float64frombits(bits[j]))
	})
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && bits[order[to]] == bits[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return out
}

// pearson returns the coefficient of ranks, NaN below two rows or where one side is constant.
func pearson(x, y []float64) float64 {
	n := float64(len(x))
	mean := (n + 1) / 2 // of ranks
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mean, y[i]-mean
		xx += float64(dx * dx)
		yy += float64(dy * dy)
		xy += float64(dx * dy)
	}
	return min(max(xy/math.Sqrt(xx)/math.Sqrt(yy), -1), 1) // NaN stays NaN
}

// codes returns categories as 0, 1 … in order of appearance, and how many there are.
func codes(cells []uint64) (out []int, k int) {
	at := map[uint64]int{}
	out = make([]int, len(cells))
	for i, c := range cells {
		j, ok := at[c]
		if !ok {
			j = len(at)
			at[c] = j
		}
		out[i] = j
	}
	return out, len(at)
}

// tooMany reports whether a column has more categories than are compared.
func tooMany(cells []uint64) bool {
	_, k := codes(cells)
	if slices.Contains(cells, missing) {
		k--
	}
	return k > maxCategories
}

func (f *Surveyor) cramersV(places []int) Matrix {
	columns, many := make([][]uint64, len(places)), make([]bool, len(places))
	for a, k := range places {
		columns[a] = f.sample.column(k)
		many[a] = tooMany(columns[a])
	}
	return f.matrix(places, func(a, b int) float64 {
		if many[a] || many[b] {
			return math.NaN()
		}
		return newTable(together(columns[a], columns[b])).cramersV()
	})
}

// table counts how often two categories come together.
type table struct {
	n             float64
	cells         [][]float64
	rows, columns []float64
}

func newTable(x, y []uint64) *table {
	a, r := codes(x)
	b, c := codes(y)
	t := &table{n: float64(len(x)), cells: make([][]float64, r), rows: make([]float64, r), columns: make([]float64, c)}
	for i := range t.cells {
		t.cells[i] = make([]float64, c)
	}
	for i := range a {
		t.cells[a[i]][b[i]]++
		t.rows[a[i]]++
		t.columns[b[i]]++
	}
	return t
}

// cramersV corrects χ²/n and the numbers of categories for what they are on average without any dependence: Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T".
func (t *table) cramersV() float64 {
	r, c := float64(len(t.rows)), float64(len(t.columns))
	if r < 2 || c < 2 {
		return math.NaN()
	}
	phi := 0.0
	for i, row := range t.cells {
		for j, o := range row {
			e := t.rows[i] * t.columns[j] / t.n
			phi += (o - e) * (o - e) / e / t.n
		}
	}
	phi = max(0, phi-(r-1)*(c-1)/(t.n-1))
	r -= (r - 1) * (r - 1) / (t.n - 1)
	c -= (c - 1) * (c - 1) / (t.n - 1)
	if min(r, c) <= 1 {
		return math.NaN() // as many categories as rows
	}
	return min(math.Sqrt(phi/(min(r, c)-1)), 1)
}

// information returns the mutual information in nats, less its mean without any dependence, and the entropy of the columns' side.
func (t *table) information() (nats, entropy float64) {
	for i, row := range t.cells {
		for j, o := range row {
			if o > 0 {
				nats += float64(o / t.n * math.Log(o*t.n/(t.rows[i]*t.columns[j])))
			}
		}
	}
	for _, o := range t.columns {
		entropy -= float64(o / t.n * math.Log(o/t.n))
	}
	r, c := float64(len(t.rows)), float64(len(t.columns))
	return max(0, nats-(r-1)*(c-1)/(2*t.n)), entropy
}

// classes returns the cells of a column as categories: numbers that are many by their tenths.
func classes(cells []uint64, numeric bool) []uint64 {
	if _, k := codes(cells); !numeric || k <= fewNumbers {
		return cells
	}
	sorted := make([]float64, len(cells))
	for i, b := range cells {
		sorted[i] = math.Float64frombits(b)
	}
	slices.Sort(sorted)
	out := make([]uint64, len(cells))
	for i, b := range cells {
		// How many values are smaller says which tenth it is; equal values are of one.
		below, _ := slices.BinarySearch(sorted, math.Float64frombits(b))
		out[i] = uint64(below * tenths / len(sorted))
	}
	return out
}

func (f *Surveyor) information(target int) []Information {
	out := []Information{}
	numeric := func(k int) bool { return f.schema.Field(f.drawn[k]).Type.IsNumeric() }
	y := f.sample.column(target)
	if !numeric(target) && tooMany(y) {
		return out
	}
	for k, i := range f.drawn {
		x := f.sample.column(k)
		if k == target || !numeric(k) && tooMany(x) {
			continue
		}
		a, b := together(x, y)
		if len(a) < 2 {
			continue
		}
		nats, entropy := newTable(classes(a, numeric(k)), classes(b, numeric(target))).information()
		one := Information{Column: f.schema.Field(i).Name, Nats: rounded(nats), Rows: len(a)}
		if entropy > 0 {
			one.Share = rounded(min(nats/entropy, 1))
		}
		out = append(out, one)
	}
	return out
}
