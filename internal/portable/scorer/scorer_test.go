package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
)

// small is the build tag with which Arrow takes encoding/json in place of a faster and larger package; see docs/benchmarks.md.
const small = "tinygo"

// command returns what a program writes.
func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return string(out)
}

// A stripped program that opens a bundle, checks rows and scores them is at most 4,000,000 bytes with the tag, and 5,310,000 without. Sizes do not depend on the machine
// that builds, only on the version of Go. Where TIDEWHEEL_PORTABLE is set, more builds than one are looked at.
func TestTheStrippedScorerIsSmall(t *testing.T) {
	t.Parallel()
	bundle := writeBundle(t)
	builds := []struct {
		arch, tag string
		limit     int64
	}{{"amd64", small, 4_000_000}, {"arm64", small, 4_000_000}, {"amd64", "", 5_310_000}, {"arm64", "", 5_310_000}}
	if os.Getenv("TIDEWHEEL_PORTABLE") == "" {
		builds = builds[:1]
	}
	for _, b := range builds {
		program := filepath.Join(t.TempDir(), "scorer")
		command(t, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + b.arch}, "go", "build", "-tags", b.tag, "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
		info, err := os.Stat(program)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("linux/%s, tags %q: %d bytes", b.arch, b.tag, info.Size())
		if info.Size() > b.limit {
			t.Errorf("linux/%s, tags %q: want at most %d bytes, got %d", b.arch, b.tag, b.limit, info.Size())
		}
		if runtime.GOOS+"/"+runtime.GOARCH == "linux/"+b.arch {
			if got := command(t, nil, program, bundle, "990", "DE"); got != answer {
				t.Errorf("tags %q: want %q, got %q", b.tag, answer, got)
			}
		}
	}
}

// sigmoid(0.01 + 0.1 - 0.025*12 + 0.001*990) = sigmoid(0.8).
const answer = "yes [0.310 0.690]\n"

func TestScorer(t *testing.T) {
	t.Parallel()
	bundle := writeBundle(t)
	var out strings.Builder
	if err := run([]string{bundle, "990", "DE"}, &out); err != nil || out.String() != answer {
		t.Errorf("want %q, got %q, error %v", answer, out.String(), err)
	}
	for want, args := range map[string][]string{
		"want a bundle":           nil,
		"syntax":                  {bundle, "many", "DE"},
		"row refused: below_min":  {bundle, "-1", "DE"},
		"want a file":             {t.TempDir(), "990", "DE"},
		"no such file":            {bundle + "s", "990", "DE"},
		"not a bundle as it was ": {os.Args[0], "990", "DE"},
	} {
		if err := run(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", args, want, err)
		}
	}
}

// All that the tag changes in what a program links is the package of JSON behind Arrow's text forms.
func TestTheTagOnlyTakesAPackageAway(t *testing.T) {
	t.Parallel()
	list := func(tag string) []string {
		return strings.Fields(command(t, nil, "go", "list", "-deps", "-tags", tag, "."))
	}
	without, with := list(""), list(small)
	for _, p := range with {
		if !slices.Contains(without, p) {
			t.Errorf("the tag links %s", p)
		}
	}
	for _, p := range without {
		if !slices.Contains(with, p) && !strings.HasPrefix(p, "github.com/goccy/go-json") {
			t.Errorf("the tag takes %s away", p)
		}
	}
	if len(with) == len(without) {
		t.Error("the tag takes nothing away")
	}
}

// writeBundle seals a model of the rows of this program.
func writeBundle(t *testing.T) string {
	t.Helper()
	zero := 0.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Min: &zero, Unit: "EUR"},
		dataset.Field{Name: "tenure", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	b := plan.NewBuilder(plan.Input{Name: "amount", Kind: plan.Number}, plan.Input{Name: "tenure", Kind: plan.Number}, plan.Input{Name: "country", Kind: plan.Text})
	columns := b.Add(plan.Op{Kind: plan.OpOneHot, In: b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{2}, Values: []string{"DE", "FR"}, Unseen: -1}), Count: 2, Null: -1})
	columns = append(columns, b.Add(plan.Op{Kind: plan.OpImpute, In: plan.Ints{1}, Fill: plan.Floats{12}})...)
	raw := b.Add(plan.Op{Kind: plan.OpLinear, In: append(columns, 0), Coef: plan.Floats{0.1, -0.1, -0.025, 0.001}, Shift: plan.Floats{0.01}})
	p := b.Add(plan.Op{Kind: plan.OpComplement, In: b.Add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: p})[0])
	b.Output(model.ProbabilityColumn, p[0])
	b.Output(model.ProbabilityColumn, p[1])
	b.Output(model.RawColumn, raw[0])
	operations, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Binary, Target: "fraud", Classes: []string{"no", "yes"}}, s, dataset.Field{Name: "fraud", Type: dataset.Utf8}, operations)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := registry.Seal(registry.Contents{Name: "fraud", Model: m})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fraud.tide")
	if err := sealed.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}
