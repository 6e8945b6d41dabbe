package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/registry"
)

func TestEveryModelLearns(t *testing.T) {
	data, test := clitest.File(t, "train.csv", clitest.Rows(0, 600)), clitest.File(t, "test.csv", clitest.Rows(600, 300))
	for _, c := range []struct {
		target, drop, model, metric string
		low, high                   float64
	}{
		{"y", "r", "gbdt", "roc_auc", 0.85, 1},
		{"y", "r", "forest", "roc_auc", 0.85, 1},
		{"y", "r", "linear", "roc_auc", 0.85, 1},
		{"y", "r", "dummy", "roc_auc", 0.5, 0.5},
		{"r", "y", "gbdt", "r2", 0.95, 1},
		{"r", "y", "linear", "r2", 0.85, 1},
		{"c", "", "gbdt", "accuracy", 0.7, 1},
		{"r", "y", "extratrees", "r2", 0.85, 1},
	} {
		t.Run(c.target+" "+c.model, func(t *testing.T) {
			r := clitest.JSON(t, app(), 0, "-data", data, "-test", test, "-target", c.target, "-drop", c.drop, "-model", c.model)
			got, ok := r["test"].(map[string]any)[c.metric].(float64)
			if !ok || got < c.low || got > c.high {
				t.Errorf("want %s from %g to %g, got %v", c.metric, c.low, c.high, r["test"])
			}
			if r["rows"] != 600.0 || r["digest"] == "" || r["bundle"] != nil {
				t.Errorf("got %v", r)
			}
		})
	}
}

func TestAutoTakesTheBetterAndTheBundleDoesNotDependOnWorkers(t *testing.T) {
	data, dir := clitest.File(t, "train.csv", clitest.Rows(0, 600)), t.TempDir()
	var digests []any
	for _, workers := range []string{"1", "2"} {
		r := clitest.JSON(t, app(), 0, "-data", data, "-target", "r", "-drop", "y", "-workers", workers, "-registry", dir, "-name", "rings", "-folds", "4")
		digests = append(digests, r["digest"])
		folds, _ := r["cv"].(map[string]any)["root_mean_squared_error"].(map[string]any)["folds"].([]any)
		if r["model"] != "gbdt" || r["version"] != "rings@1" || len(folds) != 4 {
			t.Errorf("got %v", r)
		}
		if _, err := os.Stat(r["bundle"].(string)); err != nil {
			t.Error(err)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("want one digest, got %v", digests)
	}
}

// A sample has as many rows as were asked for, the same ones for the same seed, and learns what all rows teach.
func TestASampleOfTheRows(t *testing.T) {
	data, test := clitest.File(t, "train.csv", clitest.Rows(0, 3000)), clitest.File(t, "test.csv", clitest.Rows(3000, 300))
	var digests []any
	for _, seed := range []string{"1", "1", "2"} {
		r := clitest.JSON(t, app(), 0, "-data", data, "-test", test, "-target", "y", "-drop", "r", "-model", "linear", "-sample", "1000", "-seed", seed)
		if auc, _ := r["test"].(map[string]any)["roc_auc"].(float64); auc < 0.85 || r["rows"] != 1000.0 || r["data_rows"] != 3000.0 {
			t.Errorf("got %v", r)
		}
		digests = append(digests, r["digest"])
	}
	if digests[0] != digests[1] || digests[0] == digests[2] {
		t.Errorf("want a sample for each seed, got digests %v", digests)
	}
}

// rankings returns rows of queries: the grade follows x within a query, and y is as large in all rows of a query as it likes.
func rankings(queries int) string {
	var b strings.Builder
	b.WriteString("query,x,y,grade\n")
	for i := range 6 * queries {
		fmt.Fprintf(&b, "q%d,%d,%d,%d\n", i/6, (i*5)%6, (i/6*7)%11, (i*5)%6/2)
	}
	return b.String()
}

func TestARanking(t *testing.T) {
	data, test := clitest.File(t, "train.csv", rankings(60)), clitest.File(t, "test.csv", rankings(20))
	for _, model := range []string{"gbdt", "linear", "auto"} {
		r := clitest.JSON(t, app(), 0, "-data", data, "-test", test, "-target", "grade", "-task", "ranking", "-group", "query", "-model", model, "-folds", "3")
		if got, _ := r["test"].(map[string]any)["ndcg_5"].(float64); got < 0.99 || r["task"] != "ranking" || r["features"] != 2.0 {
			t.Errorf("%s: got %v", model, r)
		}
	}
	clitest.Refuses(t, app(), []string{"-data", data, "-target", "grade", "-task", "ranking"}, "-group", "queries")
	clitest.Refuses(t, app(), []string{"-data", data, "-target", "grade", "-task", "ranking", "-group", "query", "-time", "y"}, "-time", "-group")
	clitest.Refuses(t, app(), []string{"-data", data, "-target", "x", "-task", "ranking", "-group", "query", "-model", "dummy", "-drop", "query"}, "-group", `"query"`)
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "bad.csv", strings.ReplaceAll(rankings(9), ",2\n", ",2.5\n")), "-target", "grade", "-task", "ranking", "-group", "query"}, `"grade"`, "0 to 30")
}

// A sample of a ranking has whole queries, which take turns to be in it.
func TestASampleOfQueries(t *testing.T) {
	data, test := clitest.File(t, "train.csv", rankings(200)), clitest.File(t, "test.csv", rankings(20))
	args := []string{"-data", data, "-test", test, "-target", "grade", "-task", "ranking", "-group", "query", "-model", "gbdt"}
	var digests []any
	for _, seed := range []string{"1", "1", "2"} {
		r := clitest.JSON(t, app(), 0, append(args, "-sample", "500", "-seed", seed)...)
		if got, _ := r["test"].(map[string]any)["ndcg_5"].(float64); got < 0.99 || r["rows"] != 498.0 || r["data_rows"] != 1200.0 { // 83 queries of 6 rows
			t.Errorf("got %v", r)
		}
		digests = append(digests, r["digest"])
	}
	if digests[0] != digests[1] || digests[0] == digests[2] {
		t.Errorf("want a sample for each seed, got digests %v", digests)
	}
	clitest.Refuses(t, app(), append(args, "-sample", "5"), "-sample", "6 rows")
	args[1] = clitest.File(t, "missing.csv", "query,x,grade\nq1,1,1\n,2,0\nq2,1,1\n")
	clitest.Refuses(t, app(), append(args[:2:2], append(args[4:], "-sample", "2")...), "-group", `"query"`, "a missing value")
}

// Rows of a group stay in one fold for any task, and test rows need no group.
func TestGroupsOfOtherTasks(t *testing.T) {
	data, test := clitest.File(t, "train.csv", rankings(60)), clitest.File(t, "test.csv", "x,y,grade\n1,2,0\n4,2,2\n5,2,2\n")
	r := clitest.JSON(t, app(), 0, "-data", data, "-test", test, "-target", "grade", "-task", "regression", "-group", "query", "-model", "linear", "-folds", "3")
	if r["features"] != 2.0 || r["cv"] == nil {
		t.Errorf("got %v", r)
	}
}

func TestObjectivesByName(t *testing.T) {
	data := clitest.File(t, "train.csv", rankings(60))
	args := func(params string) []string {
		return []string{"-data", data, "-target", "grade", "-task", "regression", "-drop", "query", "-model", "gbdt", "-params", params}
	}
	r := clitest.JSON(t, app(), 0, args(`{"objective":"poisson","trees":5,"leaves":4,"learning_rate":0.3}`)...)
	if p, _ := r["params"].(map[string]any); p["objective"] != "poisson" || p["leaves"] != 4.0 {
		t.Errorf("got %v", r["params"])
	}
	clitest.Refuses(t, app(), args(`{"objective":"magic"}`), "-params", "objective", `"magic"`)
	clitest.Refuses(t, app(), args(`{"objective":"log_loss"}`), "log_loss", "regression")
}

func TestATimeMayBeTextInAFormThatCanBeTold(t *testing.T) {
	var us, iso, unclear, short strings.Builder
	for _, b := range []*strings.Builder{&us, &iso, &unclear, &short} {
		b.WriteString("when,x,y\n")
	}
	start := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 400 {
		day := start.AddDate(0, 0, (i*37)%400) // not in order
		rest := fmt.Sprintf(",%d,%g\n", i%7, float64(i%7)*2+float64(i%3)/10)
		us.WriteString(day.Format("1/2/2006") + rest)
		iso.WriteString(day.Format(time.DateOnly) + rest)
		short.WriteString(day.Format("Mon") + rest)
		unclear.WriteString(fmt.Sprintf("%d/%d/2011", 1+i%12, 1+i%5) + rest)
	}
	test := clitest.File(t, "test.csv", us.String())
	isoFile := clitest.File(t, "iso.csv", iso.String())
	var cv []any
	for name, file := range map[string]string{
		"us.csv": clitest.File(t, "us.csv", us.String()), "iso.csv": isoFile,
		"text": asParquet(t, isoFile, dataset.Utf8), "dictionary": asParquet(t, isoFile, dataset.Dictionary),
	} {
		r := clitest.JSON(t, app(), 0, "-data", file, "-test", test, "-target", "y", "-model", "linear", "-time", "when", "-folds", "3")
		cv = append(cv, r["cv"])
		if r["features"] != 1.0 {
			t.Errorf("%s: got %v", name, r["features"])
		}
	}
	for _, other := range cv[1:] {
		if !reflect.DeepEqual(cv[0], other) {
			t.Errorf("want the folds of the same dates in another form, got %v", cv)
		}
	}
	for name, c := range map[string]struct{ text, want string }{"unclear.csv": {unclear.String(), "day or the month first"}, "short.csv": {short.String(), "row 1"}} {
		clitest.Refuses(t, app(), []string{"-data", clitest.File(t, name, c.text), "-target", "y", "-model", "linear", "-time", "when", "-folds", "3"}, "-time", `"when"`, c.want)
	}
}

// asParquet writes a file of CSV as Parquet, with the column when of a type.
func asParquet(t *testing.T, path string, when dataset.Type) string {
	t.Helper()
	src, err := csv.Open(path, csv.Options{Types: map[string]dataset.Type{"when": when}})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "rows.parquet")
	sink, err := lab.CreateData(to, src.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		t.Fatal(err)
	}
	back, err := lab.OpenData(to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := back.Schema().Lookup("when"); f.Type != when {
		t.Fatalf("want type %s in the file, got %s", when, f.Type)
	}
	return to
}

func TestAClassThatOnlyTestRowsHaveIsRefused(t *testing.T) {
	data := clitest.File(t, "train.csv", clitest.Rows(0, 200))
	test := clitest.File(t, "test.csv", strings.ReplaceAll(clitest.Rows(0, 50), "yes", "perhaps"))
	clitest.Refuses(t, app(), []string{"-data", data, "-test", test, "-target", "y", "-model", "dummy"}, "-test", `"y"`, "another class", "2 classes")
}

// A protected attribute is no feature, and what is predicted of its groups is compared on the test rows.
func TestFairnessByAProtectedAttribute(t *testing.T) {
	rows := func(from, n int) string { // the group is that of x, by which y is told
		lines := strings.SplitAfter(strings.TrimSuffix(clitest.Rows(from, n), "\n"), "\n")
		var b strings.Builder
		b.WriteString("s," + lines[0])
		for i, l := range lines[1:] {
			fmt.Fprintf(&b, "%s,%s", []string{"u", "v"}[i%2], l)
		}
		return b.String() + "\n"
	}
	data, test := clitest.File(t, "train.csv", rows(0, 600)), clitest.File(t, "test.csv", rows(600, 300))
	args := []string{"-data", data, "-target", "y", "-drop", "r", "-sensitive", "s"}
	for _, model := range []string{"gbdt", "linear"} {
		r := clitest.JSON(t, app(), 0, append(args, "-test", test, "-model", model)...)
		f, _ := r["fairness"].(map[string]any)
		groups, _ := f["groups"].(map[string]any)
		u, _ := groups["u"].(map[string]any)
		v, _ := groups["v"].(map[string]any)
		if slices.Contains(r["columns"].([]any), any("s")) || u["rows"] != 150.0 || v["rows"] != 150.0 {
			t.Fatalf("got columns %v and groups %v", r["columns"], groups)
		}
		apart := math.Abs(u["selection_rate"].(float64) - v["selection_rate"].(float64))
		odds := max(math.Abs(u["true_positive_rate"].(float64)-v["true_positive_rate"].(float64)), math.Abs(u["false_positive_rate"].(float64)-v["false_positive_rate"].(float64)))
		if math.Abs(f["demographic_parity_difference"].(float64)-apart) > 1e-12 || math.Abs(f["equalized_odds_difference"].(float64)-odds) > 1e-12 || u["true_positive_rate"].(float64) < 0.5 {
			t.Errorf("got %v", f)
		}
	}
	_, out, _ := clitest.Run(t, app(), append(args, "-test", test, "-model", "linear")...)
	if !strings.Contains(out, "by s") || !strings.Contains(out, "equalized_odds_difference") {
		t.Errorf("got %s", out)
	}
	clitest.Refuses(t, app(), args, "-sensitive", "-test")
	clitest.Refuses(t, app(), append(args, "-test", test, "-weight", "s"), "-sensitive", "-weight")
	clitest.Refuses(t, app(), []string{"-data", data, "-test", test, "-target", "r", "-drop", "y", "-sensitive", "s"}, "-sensitive", "regression")
	clitest.Refuses(t, app(), []string{"-data", data, "-test", test, "-target", "y", "-sensitive", "x"}, "-sensitive", "100 values")
}

func TestTextForPeople(t *testing.T) {
	data := clitest.File(t, "train.csv", clitest.Rows(0, 200))
	_, out, _ := clitest.Run(t, app(), "-data", data, "-test", data, "-target", "y", "-model", "linear", "-folds", "3")
	for _, want := range []string{"linear model for binary", "roc_auc", "over 3 folds", "sealed as sha256:"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q, got %s", want, out)
		}
	}
}

func TestBadInputIsRefusedInOneLine(t *testing.T) {
	good := clitest.Rows(0, 50)
	lines := strings.SplitAfter(good, "\n")
	file := func(name, text string) string { return clitest.File(t, name, text) }
	out := filepath.Join(t.TempDir(), "out.tide")
	for _, c := range []struct {
		name   string
		data   string
		target string
		more   []string
		want   []string
	}{
		{"no flags", "", "", nil, []string{"-data"}},
		{"no file", "absent.csv", "y", nil, []string{"absent.csv"}},
		{"a directory", t.TempDir(), "y", nil, []string{"directory"}},
		{"unknown extension", file("rows.xls", good), "y", nil, []string{".xls"}},
		{"empty", file("empty.csv", ""), "y", nil, []string{"empty"}},
		{"header only", file("header.csv", lines[0]), "y", nil, []string{"no rows"}},
		{"two rows", file("two.csv", lines[0]+lines[1]+lines[2]), "y", nil, nil},
		{"nine rows", file("nine.csv", strings.Join(lines[:10], "")), "y", nil, []string{"at least 10 rows", "9"}},
		{"ragged", file("ragged.csv", good+"1,2\n"), "y", nil, []string{"line 52", "5", "2"}},
		{"not UTF-8", file("latin.csv", strings.Replace(good, "red", "r\xe9d", 1)), "y", nil, []string{"UTF-8"}},
		{"duplicate columns", file("dup.csv", strings.Replace(good, "x,z", "x,x", 1)), "y", nil, []string{`"x"`, "twice"}},
		{"unknown target", file("ok.csv", good), "nope", nil, []string{"-target", `"nope"`}},
		{"unknown drop", file("ok.csv", good), "y", []string{"-drop", "nope"}, []string{"-drop", `"nope"`}},
		{"all null", file("null.csv", nulled(lines)), "y", nil, []string{`"x"`, "null"}},
		{"infinity", file("inf.csv", good+"Inf,1,red,yes,1\n"), "y", nil, []string{`"x"`, "infinite"}},
		{"constant target", file("const.csv", constant(lines)), "r", []string{"-task", "regression"}, []string{`"r"`, "constant"}},
		{"one class", file("one.csv", strings.ReplaceAll(good, "yes", "no")), "y", nil, []string{`"y"`, "2 classes", "1"}},
		{"regression on text", file("ok.csv", good), "y", []string{"-task", "regression"}, []string{`"y"`, "numeric"}},
		{"truncated parquet", file("cut.parquet", "PAR1 and no more"), "y", nil, []string{"cut.parquet"}},
		{"unknown flag", file("ok.csv", good), "y", []string{"-nope"}, []string{"-nope"}},
		{"an argument", file("ok.csv", good), "y", []string{"extra"}, []string{"flags only"}},
		{"unknown model", file("ok.csv", good), "y", []string{"-model", "magic"}, []string{"-model", `"magic"`}},
		{"unknown task", file("ok.csv", good), "y", []string{"-task", "magic"}, []string{"-task", `"magic"`}},
		{"unknown parameter", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"treees":3}`}, []string{"treees"}},
		{"a parameter of another type", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"min_leaf_rows":"x"}`}, []string{"-params", "min_leaf_rows", "string"}},
		{"an unknown objective", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"objective":"poison"}`}, []string{"-params", "poison", "poisson"}},
		{"an unknown parameter within one", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"goss":{"top":1}}`}, []string{"-params", "goss", "top"}},
		{"a bad parameter within one", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"goss":{"top_rate":2}}`}, []string{"GOSS.TopRate"}},
		{"a column in two roles", file("ok.csv", good), "y", []string{"-time", "y"}, []string{"-time", "-target", `"y"`}},
		{"a weight that is the target", file("ok.csv", good), "r", []string{"-weight", "r"}, []string{"-weight", "-target", `"r"`}},
		{"too many folds", file("ok.csv", good), "y", []string{"-folds", "201"}, []string{"-folds", "201"}},
		{"one fold", file("ok.csv", good), "y", []string{"-folds", "1"}, []string{"-folds", "1"}},
		{"bad parameter", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `{"trees":-3}`}, []string{"Trees", "-3"}},
		{"parameters that are no object", file("ok.csv", good), "y", []string{"-model", "gbdt", "-params", `[1]`}, []string{"-params"}},
		{"negative workers", file("ok.csv", good), "y", []string{"-workers", "-1"}, []string{"-workers"}},
		{"a path as a name", file("ok.csv", good), "y", []string{"-model", "linear", "-name", "../x"}, []string{"Name"}},
		{"a directory to write to", file("ok.csv", good), "y", []string{"-model", "linear", "-out", t.TempDir()}, []string{"directory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"-data", c.data, "-target", c.target}, c.more...)
			if len(c.more) == 0 || c.more[0] != "extra" {
				args = append(args, "-out", out)
			}
			if c.name == "a directory to write to" {
				args = args[:len(args)-2]
			}
			clitest.Refuses(t, app(), args, c.want...)
			if _, err := os.Stat(out); err == nil {
				t.Error("a bundle was written")
			}
		})
	}
}

// nulled empties the first column.
func nulled(lines []string) string {
	var b strings.Builder
	b.WriteString(lines[0])
	for _, l := range lines[1:] {
		if _, rest, ok := strings.Cut(l, ","); ok {
			b.WriteString("," + rest)
		}
	}
	return b.String()
}

// constant puts the same number into the last column.
func constant(lines []string) string {
	var b strings.Builder
	b.WriteString(lines[0])
	for _, l := range lines[1:] {
		if i := strings.LastIndexByte(l, ','); i > 0 {
			b.WriteString(l[:i] + ",1.5\n")
		}
	}
	return b.String()
}

// Gains are those of the trees' features, permutations those of the columns in the file.
func TestImportanceOfColumns(t *testing.T) {
	data, test := clitest.File(t, "train.csv", clitest.Rows(0, 600)), clitest.File(t, "test.csv", clitest.Rows(600, 300))
	for _, c := range []struct {
		model             string
		test              bool
		gain, permutation bool
	}{{"gbdt", true, true, true}, {"gbdt", false, true, false}, {"linear", true, false, true}} {
		args := []string{"-data", data, "-target", "r", "-drop", "y", "-model", c.model}
		if c.test {
			args = append(args, "-test", test)
		}
		list, _ := clitest.JSON(t, app(), 0, args...)["importance"].([]any)
		if len(list) < 2 {
			t.Fatalf("%s: want the columns, got %v", c.model, list)
		}
		first, _ := list[0].(map[string]any)
		gain, hasGain := first["gain"].(float64)
		permutation, hasPermutation := first["permutation"].(float64)
		if hasGain != c.gain || hasPermutation != c.permutation || (hasGain && gain <= 0) || (hasPermutation && permutation <= 0) {
			t.Errorf("%s: got %v", c.model, first)
		}
	}
	if list := clitest.JSON(t, app(), 0, "-data", data, "-target", "r", "-drop", "y", "-model", "dummy")["importance"].([]any); len(list) != 0 {
		t.Errorf("dummy: want none, got %v", list)
	}
}

// The file for LightGBM scores what the bundle scores; what its form cannot say is refused, and nothing is written.
func TestExport(t *testing.T) {
	data, dir := clitest.File(t, "train.csv", clitest.Rows(0, 600)), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	clitest.JSON(t, app(), 0, "-data", data, "-target", "r", "-drop", "y", "-model", "gbdt", "-out", path("m.tide"), "-export", path("m.txt"))
	f, err := os.Open(path("m.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := interchange.LightGBM(f, interchange.LightGBMOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := registry.ReadFile(path("m.tide"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Signature().Input.Names(), b.Predictor().Signature().Input.Names(); !slices.Equal(got, want) {
		t.Errorf("columns %v, want %v", got, want)
	}
	for _, name := range []string{"linear.txt", "linear.pmml"} {
		if status, _, errs := clitest.Run(t, app(), "-data", data, "-target", "r", "-drop", "y", "-model", "linear", "-export", path(name), "-out", path("no.tide")); status != 2 || errs == "" {
			t.Errorf("%s: want it refused, got status %d, %q", name, status, errs)
		}
	}
	if left, err := filepath.Glob(path("*")); err != nil || len(left) != 2 {
		t.Errorf("want the two files that were asked for, got %v, %v", left, err)
	}
}
