package validate

import (
	"math"

	"github.com/tidewheel/tidewheel/dataset"
)

// pool returns what Infer asks of profiles, as if their rows were one source; of the figures of numbers not the quantiles. One profile is returned as it is.
func pool(profiles []*Profile) (*Profile, error) {
	if len(profiles) == 1 {
		return profiles[0], nil
	}
	first := profiles[0]
	out := &Profile{schema: first.schema, columns: make([]ColumnProfile, len(first.columns))}
	for _, p := range profiles {
		if p.schema.Len() != first.schema.Len() {
			return nil, &dataset.SchemaError{Want: "profiles of the same columns", Got: "another number of columns"}
		}
		out.rows += p.rows
	}
	parts := make([]*ColumnProfile, len(profiles))
	for i, f := range first.schema.Fields() {
		for k, p := range profiles {
			parts[k] = &p.columns[i]
			if g := p.schema.Field(i); g.Name != f.Name || g.Type != f.Type {
				return nil, &dataset.SchemaError{Column: f.Name, Want: "a column of type " + string(f.Type) + " in every profile", Got: "another column or type"}
			}
		}
		out.columns[i] = poolColumns(parts)
	}
	return out, nil
}

func poolColumns(parts []*ColumnProfile) ColumnProfile {
	out := ColumnProfile{Name: parts[0].Name, Type: parts[0].Type, DistinctExact: true}
	for _, c := range parts {
		out.Personal = out.Personal || c.Personal
		out.Rows += c.Rows
		out.Nulls += c.Nulls
		out.NaN += c.NaN
		out.Infinite += c.Infinite
		out.Distinct += c.Distinct
		out.DistinctExact = out.DistinctExact && c.DistinctExact
		out.Other += c.Other
		out.TopError += c.TopError
	}
	if out.Personal {
		return out
	}
	out.Number = poolNumbers(parts)
	at := map[dataset.Value]int{}
	for _, c := range parts {
		if c.Text != nil {
			out.Text = c.Text
		}
		for _, v := range c.Top {
			if k, ok := at[v.Value]; ok {
				out.Top[k].Count += v.Count
				continue
			}
			at[v.Value] = len(out.Top)
			out.Top = append(out.Top, v)
		}
	}
	sortTop(out.Top)
	return out
}

// poolNumbers puts the count, the bounds and the moments together: powers of the deviations from the mean of all are those from the mean of a part, shifted.
func poolNumbers(parts []*ColumnProfile) *NumberProfile {
	var out *NumberProfile
	sum := 0.0
	for _, c := range parts {
		n := c.Number
		if n == nil {
			continue
		}
		if out == nil {
			out = &NumberProfile{Min: n.Min, Max: n.Max, Integral: true}
		}
		out.Count += n.Count
		out.Min, out.Max = min(out.Min, n.Min), max(out.Max, n.Max)
		out.Integral = out.Integral && n.Integral
		sum += float64(float64(n.Count) * n.Mean)
	}
	if out == nil {
		return nil
	}
	all := float64(out.Count)
	out.Mean = sum / all
	var m2, m3, m4 float64
	for _, c := range parts {
		if n := c.Number; n != nil {
			k, d := float64(n.Count), n.Mean-out.Mean
			p2 := n.Std * n.Std * (k - 1)
			p3 := n.Skewness * p2 * math.Sqrt(p2/k)
			p4 := (n.Kurtosis + 3) * p2 * p2 / k
			m2 += p2 + k*d*d
			m3 += p3 + 3*d*p2 + k*d*d*d
			m4 += p4 + 4*d*p3 + 6*d*d*p2 + k*d*d*d*d
		}
	}
	if out.Count > 1 {
		out.Std = math.Sqrt(m2 / (all - 1))
	}
	if m2 > 0 && !math.IsInf(m4, 0) {
		out.Skewness, out.Kurtosis = math.Sqrt(all)*m3/math.Pow(m2, 1.5), all*m4/(m2*m2)-3
	}
	return out
}
