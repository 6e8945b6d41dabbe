package arch_test

// Module is the path of the root module.
const module = "github.com/tidewheel/tidewheel"

// The outside modules that the root module may import.
const (
	arrow       = "github.com/apache/arrow/go/v17"
	parquet     = "github.com/parquet-go/parquet-go"
	gonum       = "gonum.org/v1/gonum"
	zap         = "go.uber.org/zap"
	compress    = "github.com/klauspost/compress"
	lz4         = "github.com/pierrec/lz4/v4"
	hyperloglog = "github.com/axiomhq/hyperloglog"
	xsys        = "golang.org/x/sys"
	xtext       = "golang.org/x/text"
	progressbar = "github.com/schollz/progressbar/v3"
	goleak      = "go.uber.org/goleak"
	exprlang    = "github.com/expr-lang/expr"
)

// direct is the whole list of modules that go.mod may require without the word
// indirect, with the reason of each.
var direct = map[string]string{
	arrow:       "the batch that passes between stages",
	parquet:     "Parquet files; arrow's own reader loses rows and panics",
	gonum:       "linear algebra and distributions",
	zap:         "the host's log, in serve and monitor",
	compress:    "zstd and fast gzip of data files; also raises the version that parquet-go asks for",
	lz4:         "LZ4 pages of Parquet files, which parquet-go gets wrong; arrow links it already",
	hyperloglog: "mergeable distinct counts",
	xsys:        "memory maps and file locks; also raises the version that arrow asks for",
	progressbar: "progress of the example programs on a terminal",
	xtext:       "Unicode's normal form C, in validate/repair only; arrow asks for a version with an endless loop",
	exprlang:    "conditions that a person writes as text; in validate/expression only",
	goleak:      "goroutines that outlive a test; no row of the table lets a product import it",
}

// linked is the whole list of further modules that end up in a program because
// a direct one needs them.
var linked = map[string]string{
	"github.com/andybalholm/brotli":    "parquet-go: brotli pages",
	"github.com/dgryski/go-metro":      "hyperloglog: its hash",
	"github.com/goccy/go-json":         "arrow: JSON form of arrays",
	"github.com/google/flatbuffers":    "arrow: IPC metadata",
	"github.com/google/uuid":           "parquet-go: the UUID type",
	"github.com/kamstrup/intmap":       "hyperloglog: sparse form",
	"github.com/klauspost/cpuid/v2":    "arrow: which instructions there are",
	"github.com/mitchellh/colorstring": "progressbar",
	"github.com/parquet-go/bitpack":    "parquet-go",
	"github.com/parquet-go/jsonlite":   "parquet-go",
	"github.com/rivo/uniseg":           "progressbar: width of text",
	"github.com/twpayne/go-geom":       "parquet-go: geometry types",
	"github.com/zeebo/xxh3":            "arrow: its hash",
	"go.uber.org/multierr":             "zap",
	"golang.org/x/exp":                 "arrow: constraints",
	"golang.org/x/net":                 "arrow",
	"golang.org/x/term":                "progressbar: width of the terminal",
	"golang.org/x/xerrors":             "arrow: errors with a frame",
	"google.golang.org/protobuf":       "parquet-go: schemas from messages",
}

// row is one line of the import table.
type row struct {
	folder  string
	ours    []string // folders of ours, children included; "*" is all of them
	single  []string // packages of ours, children not included
	outside []string // modules
	why     string
}

// sub is every internal package that a stage may use.
var sub = []string{"internal/conform", "internal/matrix", "internal/num", "internal/plan", "internal/sketch", "internal/stat"}

// table says what the files of a folder that are not tests may import, beside
// the standard library and the folder itself.
var table = []row{
	{
		folder: ".",
		why:    "holds the package map only",
	},
	{
		folder: "internal/num",
		why:    "arithmetic with explicit roundings rests on nothing",
	},
	{
		folder: "internal/atomicfile",
		why:    "writes a file whole or not at all, for every package that writes one",
	},
	{
		folder:  "dataset",
		ours:    []string{"internal/atomicfile", "internal/cell", "internal/conform"},
		outside: []string{arrow, parquet, compress, lz4, xsys},
		why:     "the currency of all stages depends on none of them",
	},
	{
		folder:  "internal/cell",
		ours:    []string{"dataset"},
		outside: []string{arrow},
		why:     "values as text, the same in a file and in a request",
	},
	{
		folder:  "internal/conform",
		ours:    []string{"dataset"},
		outside: []string{arrow},
		why:     "what the suites of the stages share; a test package, which only test packages import",
	},
	{
		folder:  "internal/sketch",
		ours:    []string{"dataset", "internal/num"},
		outside: []string{arrow, gonum, hyperloglog},
		why:     "mergeable summaries of columns",
	},
	{
		folder:  "internal/stat",
		ours:    []string{"dataset", "internal/num"},
		outside: []string{arrow, gonum},
		why:     "tests and distributions",
	},
	{
		folder:  "internal/matrix",
		ours:    []string{"dataset", "internal/num"},
		outside: []string{arrow, gonum},
		why:     "the only place that turns columns into matrices",
	},
	{
		folder:  "internal/plan",
		ours:    []string{"dataset", "internal/num"},
		outside: []string{arrow, gonum},
		why:     "scoring operations are data: they know no stage that makes them",
	},
	{
		folder: "internal/dfa",
		why:    "patterns of texts; knows no column",
	},
	{
		folder: "internal/page",
		ours:   []string{"dataset"},
		why:    "draws what the report packages say; knows no stage",
	},
	{
		folder:  "validate",
		ours:    append([]string{"dataset", "internal/cell", "internal/dfa", "internal/page"}, sub...),
		outside: []string{arrow, hyperloglog, exprlang, xtext},
		why:     "looks at data before there is a model",
	},
	{
		folder:  "features",
		ours:    append([]string{"dataset"}, sub...),
		outside: []string{arrow, gonum},
		why:     "emits plan operations; does not know the model",
	},
	{
		folder:  "model",
		ours:    append([]string{"dataset", "validate", "features", "internal/page", "internal/atomicfile"}, sub...),
		outside: []string{arrow, gonum},
		why:     "a recipe has a pipeline; an evaluation has a profile; a training that was killed has a checkpoint file",
	},
	{
		folder:  "registry",
		ours:    []string{"dataset", "validate", "features", "model", "internal/atomicfile", "internal/plan"},
		outside: []string{arrow, xsys},
		why:     "seals what the stages before made; executes plans only",
	},
	{
		folder:  "serve",
		ours:    []string{"dataset", "validate", "internal/plan"},
		single:  []string{"model"},
		outside: []string{arrow, zap},
		why:     "a scoring program links contracts, no trainer",
	},
	{
		folder:  "monitor",
		ours:    append([]string{"dataset", "validate", "internal/page"}, sub...),
		single:  []string{"model"},
		outside: []string{arrow, zap},
		why:     "watches through contracts, so that it links no trainer",
	},
	{
		folder:  "examples",
		ours:    []string{"*"},
		outside: []string{arrow, gonum, zap, compress, hyperloglog, xsys, progressbar},
		why:     "shows the whole",
	},
	{
		folder: "internal/alloc",
		why:    "for tests: what a decoder may allocate",
	},
	{
		folder: "internal/arch",
		why:    "tests only",
	},
	{
		folder: "internal/chaos",
		why:    "tests only",
	},
	{
		folder: "internal/membound",
		why:    "tests only",
	},
	{
		folder:  "internal/portable",
		ours:    []string{"dataset", "validate", "registry", "internal/num", "internal/plan"},
		single:  []string{"model"},
		outside: []string{arrow},
		why:     "programs that its tests build for other architectures; they score and do not train",
	},
}

// siblings never import each other: each names the small interface that it
// needs, and a test asserts that the others satisfy it.
var siblings = []string{"registry", "serve", "monitor"}

// confined lists packages that only some places may import, tests included
// where the row says so.
var confined = []struct {
	path   string
	places []string // packages of ours with their children
	tests  bool     // whether the row holds for test files too
	why    string
}{
	{parquet, []string{"dataset/parquet"}, true, "files are reached through dataset.Source and dataset.Sink"},
	{exprlang, []string{"validate/expression"}, true, "a program that has no conditions as text links no language"},
	{xtext, []string{"validate/repair"}, true, "what scores does not carry the tables of Unicode"},
	{"net/http", []string{"dataset/http", "registry/mlflow", "registry/store", "serve", "monitor", "examples"}, false, "no listener or call that the host did not ask for"},
}

// pages are the places that write HTML. All others link no html/template, so
// that a program that scores or serves stays small.
var pages = []string{"internal/page", "validate/report", "model/report", "monitor/report", "examples/profile", "examples/validate", "examples/evaluate", "examples/drift"}

// forbidden is imported nowhere, not even in tests; those of arrow are not
// pulled in through others either.
var forbidden = map[string]string{
	"C":                          "builds and passes with CGO_ENABLED=0",
	"log":                        "the host owns its log",
	"math/rand":                  "random numbers come from a seed, by math/rand/v2",
	"plugin":                     "loading a model runs no code",
	arrow + "/arrow/flight/...":  "pulls gRPC",
	arrow + "/arrow/compute/...": "13 MB",
	arrow + "/parquet/...":       "28 MB, pulls gRPC, loses rows",
}

// execTests are the places whose tests may start programs: go list, the example
// programs, also to see what they take, writers that are killed in the middle of their work, and the tools whose models are read.
var execTests = []string{"internal/arch", "examples", "internal/chaos", "internal/membound", "internal/portable", "model/interchange"}

// contracts are the packages below model that a scoring program may link; all
// the others hold trainers.
var contracts = []string{"model", "model/metric"}
