package plan_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// mathCase is a case of testdata/ops.json, which testdata/gen/ops.py writes.
type mathCase struct {
	Op   plan.OpKind `json:"op"`
	Math struct {
		Func    plan.Func `json:"func"`
		Float32 bool      `json:"float32"`
		Params  []float64 `json:"params"`
		Group   int32     `json:"group"`
		Count   int32     `json:"count"`
		Width   int32     `json:"width"`
		Keys    []any     `json:"keys"`
		Values  []float64 `json:"values"`
		Default []any     `json:"default"`
		Points  []float64 `json:"points"`
	} `json:"math"`
	Rows      [][]any `json:"rows"`
	Want      [][]any `json:"want"`
	Tolerance float64 `json:"tolerance"`
}

func floats(t *testing.T, list []any) []float64 {
	t.Helper()
	var out []float64
	for _, v := range list {
		switch v := v.(type) {
		case float64:
			out = append(out, v)
		case string:
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, x)
		}
	}
	return out
}

// TestMathEqualsTheReferences runs every function on the values of numpy, scipy and scikit-learn, each row alone and all in a batch of columns. The tolerance of a
// case is a relative one: 0 where IEEE 754 defines the result, a few units in the last place for sums and transcendental functions; for the coupling of classes it
// is the bound at which the iteration stops, against the solution of its equations.
func TestMathEqualsTheReferences(t *testing.T) {
	text, err := os.ReadFile("testdata/ops.json")
	if err != nil {
		t.Fatal(err)
	}
	// NaN and the infinities are texts; plain NaN in lists of numbers is not JSON.
	var cases []mathCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d %s %s", i, c.Op, c.Math.Func), func(t *testing.T) { c.run(t) })
	}
}

func (c mathCase) run(t *testing.T) {
	t.Helper()
	m := plan.Math{
		Func: c.Math.Func, Float32: c.Math.Float32, Params: c.Math.Params, Group: c.Math.Group, Count: c.Math.Count, Width: c.Math.Width,
		Keys: floats(t, c.Math.Keys), Values: c.Math.Values, Default: floats(t, c.Math.Default), Points: c.Math.Points,
	}
	p := build(t, len(c.Rows[0]), plan.Op{Kind: c.Op, Math: &m})
	encoded, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = plan.Decode(encoded); err != nil {
		t.Fatal(err)
	}
	g := compile(t, p)
	columns := make([][]float64, len(c.Rows[0]))
	for i, texts := range c.Rows {
		x, want := floats(t, texts), floats(t, c.Want[i])
		got := row(g, numbers(x...)...)
		if len(got) != len(want) {
			t.Fatalf("%d results, want %d", len(got), len(want))
		}
		for j := range want {
			if !(got[j] == want[j] || math.IsNaN(got[j]) && math.IsNaN(want[j]) || math.Abs(got[j]-want[j]) <= c.Tolerance*max(1e-300, math.Abs(want[j]))) {
				if c.Op != plan.OpCouple || math.Abs(got[j]-want[j]) > c.Tolerance {
					t.Errorf("%v: result %d: %v, want %v", x, j, got[j], want[j])
				}
			}
		}
		for j, v := range x {
			columns[j] = append(columns[j], v)
		}
	}
	out := run(t, g, batch(t, columns...))
	for i, texts := range c.Rows {
		for j, v := range row(g, numbers(floats(t, texts)...)...) {
			if !same(out[j][i], v) {
				t.Fatalf("row %d: a batch gives %v, the row alone %v", i, out[j][i], v)
			}
		}
	}
}

// TestMathIsChecked has a plan for every parameter that does not fit.
func TestMathIsChecked(t *testing.T) {
	bad := map[string]plan.Op{
		"no parameters":        {Kind: plan.OpMap},
		"unknown function":     {Kind: plan.OpMap, Math: &plan.Math{Func: "cbrt"}},
		"a zip's function":     {Kind: plan.OpMap, Math: &plan.Math{Func: plan.FuncAdd}},
		"missing params":       {Kind: plan.OpMap, Math: &plan.Math{Func: plan.FuncClip}},
		"NaN params":           {Kind: plan.OpMap, Math: &plan.Math{Func: plan.FuncElu, Params: plan.Floats{nan}}},
		"odd pairs":            {Kind: plan.OpZip, Math: &plan.Math{Func: plan.FuncAdd}},
		"thirds":               {Kind: plan.OpSelect, Math: &plan.Math{}},
		"no group":             {Kind: plan.OpReduce, Math: &plan.Math{Func: plan.FuncSum}},
		"a negative group":     {Kind: plan.OpReduce, Math: &plan.Math{Func: plan.FuncSum, Group: -5}},
		"part of a group":      {Kind: plan.OpReduce, Math: &plan.Math{Func: plan.FuncSum, Group: 2}},
		"more than the group":  {Kind: plan.OpTopK, Math: &plan.Math{Func: plan.FuncLargest, Group: 5, Count: 6}},
		"top k of a mean":      {Kind: plan.OpTopK, Math: &plan.Math{Func: plan.FuncMean, Group: 5, Count: 1}},
		"no default":           {Kind: plan.OpTable, Math: &plan.Math{Width: 1, Values: plan.Floats{1}}},
		"values short":         {Kind: plan.OpTable, Math: &plan.Math{Width: 2, Values: plan.Floats{1}, Default: plan.Floats{1, 1}}},
		"a key twice":          {Kind: plan.OpTable, Math: &plan.Math{Width: 1, Keys: plan.Floats{nan, nan}, Values: plan.Floats{1, 2}, Default: plan.Floats{1}}},
		"keys short":           {Kind: plan.OpTable, Math: &plan.Math{Width: 1, Keys: plan.Floats{1}, Values: plan.Floats{1, 2}, Default: plan.Floats{1}}},
		"a huge width":         {Kind: plan.OpTable, Math: &plan.Math{Width: 1 << 30, Values: plan.Floats{1}, Default: plan.Floats{1}}},
		"nothing to pick from": {Kind: plan.OpPick, Math: &plan.Math{Group: 1}},
		"no points":            {Kind: plan.OpPoints, Math: &plan.Math{Func: plan.FuncEuclidean}},
		"part of a point":      {Kind: plan.OpPoints, Math: &plan.Math{Func: plan.FuncEuclidean, Points: plan.Floats{1, 2}}},
		"an unknown distance":  {Kind: plan.OpPoints, Math: &plan.Math{Func: "hamming", Points: make(plan.Floats, 5)}},
		"pairs of classes":     {Kind: plan.OpCouple, Math: &plan.Math{Count: 4}},
		"huge classes":         {Kind: plan.OpCouple, Math: &plan.Math{Count: 1 << 30}},
		"another operation":    {Kind: plan.OpExp, Math: &plan.Math{Func: plan.FuncExp}},
	}
	for name, o := range bad {
		in := make([]plan.Input, 5)
		for i := range in {
			in[i] = plan.Input{Name: strconv.Itoa(i), Kind: plan.Number}
			o.In = append(o.In, int32(i))
		}
		b := plan.NewBuilder(in...)
		b.Add(o)
		if _, err := b.Build(); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

// TestMathAllocatesNothingForARow runs the operations that need memory of their own.
func TestMathAllocatesNothingForARow(t *testing.T) {
	for name, o := range map[string]plan.Op{
		"top_k":  {Kind: plan.OpTopK, Math: &plan.Math{Func: plan.FuncLargest, Group: 6, Count: 4}},
		"couple": {Kind: plan.OpCouple, Math: &plan.Math{Count: 4}},
		"table":  {Kind: plan.OpTable, Math: &plan.Math{Width: 1, Keys: plan.Floats{1, 2}, Values: plan.Floats{1, 2}, Default: plan.Floats{1}}},
	} {
		g := compile(t, build(t, 6, o))
		s, x := g.NewRowScratch(), numbers(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
		if n := testing.AllocsPerRun(100, func() { g.Row(x, s) }); n != 0 {
			t.Errorf("%s: %v allocations a row", name, n)
		}
	}
}
