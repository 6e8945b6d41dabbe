package arch_test

import (
	"slices"
	"testing"
)

const m = module + "/"

// clean is a small house that keeps every rule; each planted package is added
// to it.
var clean = []pkg{
	{ImportPath: module},
	{ImportPath: m + "internal/num", Imports: []string{"math"}},
	{ImportPath: m + "dataset", Imports: []string{arrow + "/arrow", "log/slog", "math/rand/v2"}},
	{ImportPath: m + "dataset/parquet", Imports: []string{m + "dataset", parquet, parquet + "/compress"}},
	{ImportPath: m + "dataset/http", Imports: []string{"net/http"}},
	{ImportPath: m + "dataset/datasettest", Imports: []string{"testing", m + "dataset"}},
	{ImportPath: m + "internal/plan", Imports: []string{m + "dataset", m + "internal/num"}},
	{ImportPath: m + "validate", Imports: []string{m + "dataset", m + "internal/sketch"}},
	{ImportPath: m + "model", Imports: []string{m + "features", m + "model/metric", gonum + "/mat"}},
	{ImportPath: m + "model/linear", Imports: []string{m + "model"}},
	{ImportPath: m + "model/modeltest", Imports: []string{"testing", m + "model", m + "dataset/datasettest"}},
	{ImportPath: m + "registry", Imports: []string{m + "model/linear"}},
	{
		ImportPath:   m + "serve",
		Imports:      []string{m + "model", m + "internal/plan", zap, "net/http"},
		XTestImports: []string{m + "registry", m + "model/linear", m + "monitor", m + "dataset/parquet"},
		Deps:         []string{m + "model", m + "model/metric", arrow + "/arrow", "go.uber.org/multierr"},
	},
	{ImportPath: m + "examples/train", Imports: []string{m + "registry", m + "serve", m + "examples/internal/cli"}, TestImports: []string{"os/exec"}},
	{ImportPath: m + "internal/page", Imports: []string{"html/template", m + "dataset"}, Deps: []string{"html/template"}},
	{ImportPath: m + "monitor/report", Imports: []string{m + "internal/page", m + "monitor/drift"}, Deps: []string{"html/template"}},
	{ImportPath: m + "internal/arch", XTestImports: []string{"os/exec"}},
	{ImportPath: m + "internal/chaos", XTestImports: []string{"os/exec", m + "registry", m + "serve", m + "dataset/parquet"}},
}

func TestPlantedViolationsFail(t *testing.T) {
	if got := check(clean); len(got) != 0 {
		t.Fatalf("the clean house has violations: %v", got)
	}
	for _, c := range []struct {
		rule   string
		pkg    pkg
		reason string
	}{
		{"unknown folder", pkg{ImportPath: m + "utils"}, "a new top-level folder"},
		{"unknown folder", pkg{ImportPath: m + "internal/helpers"}, "a new internal folder"},
		{"import order", pkg{ImportPath: m + "dataset/csv", Imports: []string{m + "validate"}}, "dataset rests on no stage"},
		{"import order", pkg{ImportPath: m + "dataset/csv", Imports: []string{m + "internal/stat"}}, "nor on what is built on it"},
		{"import order", pkg{ImportPath: m + "internal/num", Imports: []string{m + "dataset"}}, "num rests on nothing"},
		{"import order", pkg{ImportPath: m + "internal/plan", Imports: []string{m + "features"}}, "a plan knows no stage"},
		{"import order", pkg{ImportPath: m + "internal/plan", Imports: []string{m + "internal/matrix"}}, "internal packages keep apart"},
		{"import order", pkg{ImportPath: m + "validate", Imports: []string{m + "features"}}, "validate is before features"},
		{"import order", pkg{ImportPath: m + "features/encode", Imports: []string{m + "model"}}, "features is before model"},
		{"import order", pkg{ImportPath: m + "model/tree", Imports: []string{m + "registry"}}, "model is before registry"},
		{"import order", pkg{ImportPath: m + "registry", Imports: []string{m + "internal/matrix"}}, "registry executes plans only"},
		{"import order", pkg{ImportPath: m + "serve", Imports: []string{m + "model/linear"}}, "serve sees the contract only"},
		{"import order", pkg{ImportPath: m + "monitor", Imports: []string{m + "model/metric"}}, "monitor sees the contract only"},
		{"import order", pkg{ImportPath: m + "serve", Imports: []string{m + "features"}}, "serve makes no features"},
		{"import order", pkg{ImportPath: module, Imports: []string{m + "dataset"}}, "the root package is a map"},
		{"import order", pkg{ImportPath: m + "monitor", Imports: []string{m + "examples/internal/cli"}}, "nothing rests on an example"},
		{"siblings", pkg{ImportPath: m + "serve", Imports: []string{m + "registry"}}, "serve and registry"},
		{"siblings", pkg{ImportPath: m + "registry/store", Imports: []string{m + "monitor/drift"}}, "registry and monitor"},
		{"siblings", pkg{ImportPath: m + "monitor", Imports: []string{m + "serve"}}, "monitor and serve"},
		{"contract", pkg{ImportPath: m + "model", Imports: []string{m + "model/tree"}}, "the contract on an algorithm"},
		{"test package", pkg{ImportPath: m + "features", Imports: []string{m + "dataset/datasettest"}}, "a conformance suite in a product"},
		{"testing", pkg{ImportPath: m + "features", Imports: []string{"testing/iotest"}}, "testing in a product"},
		{"os/exec", pkg{ImportPath: m + "examples/train", Imports: []string{"os/exec"}}, "a program started outside tests"},
		{"os/exec", pkg{ImportPath: m + "model", TestImports: []string{"os/exec"}}, "a test that starts a program"},
		{"os/exec", pkg{ImportPath: m + "model", XTestImports: []string{"os/exec"}}, "an external test that does"},
		{"forbidden package", pkg{ImportPath: m + "serve", Imports: []string{"log"}}, "log"},
		{"forbidden package", pkg{ImportPath: m + "model", TestImports: []string{"math/rand"}}, "the global random source"},
		{"forbidden package", pkg{ImportPath: m + "dataset", Imports: []string{"C"}}, "cgo"},
		{"forbidden package", pkg{ImportPath: m + "registry", Imports: []string{"plugin"}}, "code loaded at run time"},
		{"forbidden package", pkg{ImportPath: m + "validate", Imports: []string{arrow + "/arrow/compute"}}, "arrow/compute"},
		{"forbidden package", pkg{ImportPath: m + "validate", XTestImports: []string{arrow + "/arrow/compute/exprs"}}, "below arrow/compute"},
		{"forbidden package", pkg{ImportPath: m + "dataset/parquet", Imports: []string{arrow + "/parquet/pqarrow"}}, "arrow/parquet"},
		{"forbidden package", pkg{ImportPath: m + "dataset", Imports: []string{arrow + "/arrow/flight"}}, "arrow/flight"},
		{"forbidden package", pkg{ImportPath: m + "dataset", Deps: []string{arrow + "/arrow/flight/gen"}}, "arrow/flight through another"},
		{"confined package", pkg{ImportPath: m + "dataset", Imports: []string{parquet}}, "Parquet outside its folder"},
		{"confined package", pkg{ImportPath: m + "model", XTestImports: []string{parquet + "/format"}}, "nor in a test"},
		{"confined package", pkg{ImportPath: m + "features", Imports: []string{"net/http"}}, "the network in features"},
		{"confined package", pkg{ImportPath: m + "registry", Imports: []string{"net/http"}}, "the network in registry"},
		{"outside module", pkg{ImportPath: m + "model", Imports: []string{zap}}, "a logger in model"},
		{"outside module", pkg{ImportPath: m + "serve", Imports: []string{gonum + "/mat"}}, "matrices in serve"},
		{"outside module", pkg{ImportPath: m + "internal/num", Imports: []string{arrow + "/arrow"}}, "arrow in num"},
		{"outside module", pkg{ImportPath: m + "serve/servetest", Imports: []string{goleak}}, "a module of tests in what hosts import"},
		{"new module", pkg{ImportPath: m + "serve", Imports: []string{"google.golang.org/grpc"}}, "a heavy dependency"},
		{"new module", pkg{ImportPath: m + "serve", TestImports: []string{"github.com/stretchr/testify/require"}}, "a test dependency"},
		{"new module", pkg{ImportPath: m + "dataset", Imports: []string{"github.com/apache/arrow-go/v18/arrow"}}, "another line of arrow"},
		{"linked module", pkg{ImportPath: m + "dataset", Deps: []string{"google.golang.org/grpc/codes"}}, "one that another pulls in"},
		{"links html/template", pkg{ImportPath: m + "monitor", Deps: []string{"html/template"}}, "a page in what serves"},
		{"links html/template", pkg{ImportPath: m + "validate", Deps: []string{m + "internal/page", "html/template"}}, "the drawing through another package"},
		{"import order", pkg{ImportPath: m + "internal/page", Imports: []string{m + "validate"}}, "the drawing knows no stage"},
		{"import order", pkg{ImportPath: m + "serve", Imports: []string{m + "internal/page"}}, "serve writes no page"},
		{"serve links Parquet", pkg{ImportPath: m + "serve/openinference", Deps: []string{m + "dataset/parquet"}}, "our Parquet"},
		{"serve links Parquet", pkg{ImportPath: m + "serve", Deps: []string{parquet + "/encoding"}}, "parquet-go"},
		{"serve links a trainer", pkg{ImportPath: m + "serve", Deps: []string{m + "model/tree"}}, "through another package"},
	} {
		t.Run(c.rule+"/"+c.reason, func(t *testing.T) {
			got := check(append(slices.Clone(clean), c.pkg))
			if !slices.ContainsFunc(got, func(v violation) bool {
				return v.rule == c.rule && v.pkg == relative(c.pkg.ImportPath)
			}) {
				t.Errorf("got %v, want rule %q for %s", got, c.rule, relative(c.pkg.ImportPath))
			}
		})
	}
}

func TestPlantedModuleFails(t *testing.T) {
	if got := checkModules([]string{arrow, zap}); len(got) != 0 {
		t.Errorf("listed modules: got %v", got)
	}
	if got := checkModules([]string{arrow, "example.test/new"}); len(got) != 1 || got[0].imports != "example.test/new" {
		t.Errorf("got %v, want the new module", got)
	}
}

// A row that names a folder which has no row of its own is a misprint.
func TestTableIsClosed(t *testing.T) {
	for _, r := range table {
		for _, to := range slices.Concat(r.ours, r.single) {
			if _, ok := rowOf(to); !ok && to != "*" {
				t.Errorf("%s may import %s, which has no row", r.folder, to)
			}
		}
		for _, o := range r.outside {
			if direct[o] == "" {
				t.Errorf("%s may import %s, which is not listed", r.folder, o)
			}
		}
		if r.why == "" {
			t.Errorf("%s has no reason", r.folder)
		}
	}
}
