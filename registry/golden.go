package registry

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// goldenRows is the number of rows of a bundle's self-test.
const goldenRows = 64

// golden is rows with the scores that they had when the bundle was sealed. The rows are drawn from the schema, the profile and the plan; no row of data is copied.
type golden struct {
	Columns []goldenColumn `json:"columns"`
	Scores  []plan.Floats  `json:"scores"` // per output of the plan, per row
}

// goldenColumn is one input of the plan: numbers with NaN for null, or texts with nil for null.
type goldenColumn struct {
	Name    string      `json:"name"`
	Numbers plan.Floats `json:"numbers,omitempty"`
	Texts   []*string   `json:"texts,omitempty"`
}

func makeGolden(s *dataset.Schema, profile *validate.Profile, m *model.Planned) (*golden, error) {
	p := m.Plan()
	text, err := p.Encode()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	rng := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
	g := &golden{Columns: make([]goldenColumn, len(p.Inputs))}
	for i, in := range p.Inputs {
		f, _ := s.Lookup(in.Name)
		g.Columns[i].Name = in.Name
		if in.Kind == plan.Text {
			g.Columns[i].Texts = drawTexts(rng, f, vocabulary(p, int32(i)))
		} else {
			g.Columns[i].Numbers = drawNumbers(rng, f, profile)
		}
	}
	g.Scores = g.score(m)
	return g, nil
}

// vocabulary returns the texts that the plan looks up in an input, and texts of several terms where it counts them.
func vocabulary(p *plan.Plan, register int32) []string {
	var out []string
	for _, o := range p.Ops {
		if (o.Kind == plan.OpLookup || o.Kind == plan.OpTerms) && o.In[0] == register {
			out = append(out, o.Values...)
		}
		if o.Kind == plan.OpTerms && o.In[0] == register {
			out = append(out, "Many WORDS, many words: naïve ΟΔΟΣ no 10", strings.Join(o.Values[:min(9, len(o.Values))], " "))
		}
	}
	return out
}

// drawTexts cycles through the known texts, with an unseen one and, where the column allows it, nulls between.
func drawTexts(rng *rand.Rand, f dataset.Field, known []string) []*string {
	out := make([]*string, goldenRows)
	for i := range out {
		unseen := "tidewheel-unseen"
		switch n := rng.IntN(16); {
		case n == 0 && f.Nullable:
		case n == 1 || len(known) == 0:
			out[i] = &unseen
		default:
			out[i] = &known[rng.IntN(len(known))]
		}
	}
	return out
}

// drawNumbers draws between the bounds of the column: from the quantiles of the profile, else from the schema's range, else around 0.
func drawNumbers(rng *rand.Rand, f dataset.Field, profile *validate.Profile) []float64 {
	var grid []float64
	if profile != nil && !f.Personal {
		if c, ok := profile.Column(f.Name); ok && c.Number != nil {
			grid = c.Number.Quantiles
		}
	}
	low, high := -1.0, 1.0
	if f.Min != nil {
		low, high = *f.Min, *f.Min+1
	}
	if f.Max != nil {
		high = *f.Max
		low = min(low, high-1)
	}
	out := make([]float64, goldenRows)
	for i := range out {
		switch n := rng.IntN(16); {
		case n == 0 && f.Nullable:
			out[i] = math.NaN()
		case len(grid) > 1:
			j := rng.IntN(len(grid) - 1)
			out[i] = grid[j] + float64(rng.Float64()*(grid[j+1]-grid[j]))
		default:
			out[i] = low + float64(rng.Float64()*(high-low))
		}
		if c := f.Type.Class(); c != dataset.ClassFloat && c != dataset.ClassDecimal {
			out[i] = math.Round(out[i])
		}
	}
	return out
}

// score runs the rows through the entrance for many rows.
func (g *golden) score(m *model.Planned) []plan.Floats {
	n := g.rows()
	columns := make([]plan.Column, len(g.Columns))
	for i := range g.Columns {
		c := &g.Columns[i]
		if c.Texts == nil {
			columns[i].Numbers = c.Numbers
			continue
		}
		columns[i].Texts = make([]dataset.Value, n)
		for r := range n {
			columns[i].Texts[r] = c.value(r)
		}
	}
	raw := make([][]float64, len(m.Plan().Outputs))
	out := make([]plan.Floats, len(raw))
	for i := range raw {
		raw[i] = make([]float64, n)
		out[i] = raw[i]
	}
	m.Program().Columns(columns, n, raw)
	return out
}

func (g *golden) rows() int {
	if len(g.Columns) == 0 {
		return goldenRows
	}
	return max(len(g.Columns[0].Numbers), len(g.Columns[0].Texts))
}

// verify scores the rows again through both entrances and compares the bits.
func (g *golden) verify(m *model.Planned) error {
	p, n := m.Plan(), g.rows()
	if len(g.Columns) != len(p.Inputs) || len(g.Scores) != len(p.Outputs) || n == 0 || n > 1<<16 {
		return fmt.Errorf("want the plan's %d inputs and %d outputs, got %d and %d", len(p.Inputs), len(p.Outputs), len(g.Columns), len(g.Scores))
	}
	for i, c := range g.Columns {
		if c.Name != p.Inputs[i].Name || len(c.Numbers)+len(c.Texts) != n || (c.Texts != nil) != (p.Inputs[i].Kind == plan.Text) {
			return fmt.Errorf("column %q does not fit the plan", c.Name)
		}
	}
	for _, s := range g.Scores {
		if len(s) != n {
			return fmt.Errorf("want %d scores, got %d", n, len(s))
		}
	}
	again := g.score(m)
	scratch, values := m.Program().NewRowScratch(), make([]dataset.Value, len(g.Columns))
	for r := range n {
		for i, c := range g.Columns {
			values[i] = c.value(r)
		}
		m.Program().Row(values, scratch)
		for i := range g.Scores {
			if want := g.Scores[i][r]; !sameBits(again[i][r], want) || !sameBits(m.Program().Output(scratch, i), want) {
				return fmt.Errorf("golden row %d scores to other bits here", r)
			}
		}
	}
	return nil
}

func (c *goldenColumn) value(r int) dataset.Value {
	if c.Texts == nil {
		return dataset.NumberValue(c.Numbers[r])
	}
	if c.Texts[r] == nil {
		return dataset.Value{}
	}
	return dataset.TextValue(*c.Texts[r])
}

// sameBits reports whether a and b are the same number to the bit; one NaN is as good as another, since its sign depends on the processor.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}
