package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
)

// row is a row of clitest.Rows without the targets.
type row struct {
	X float64 `ml:"name=x"`
	Z float64 `ml:"name=z"`
	C string  `ml:"name=c"`
}

// sealed trains a model on a file and returns the path of its bundle.
func sealed(t *testing.T, data, target string, drop []string, name string) string {
	t.Helper()
	b := clitest.Seal(t, clitest.Trained{Name: "test", Recipe: name, Data: data, Target: target, Drop: drop})
	path := filepath.Join(t.TempDir(), "model.tide")
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// convert writes a file of rows in another format.
func convert(t *testing.T, from, to string) string {
	t.Helper()
	src, err := lab.OpenData(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), to)
	sink, err := lab.CreateData(path, src.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		t.Fatal(err)
	}
	return path
}

// numbers reads a column of a scored file.
func numbers(t *testing.T, path, column string) []float64 {
	t.Helper()
	src, err := lab.OpenData(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := lab.Numbers(t.Context(), src, column)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func equalBits(t *testing.T, how string, want, got []float64) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: want %d rows, got %d", how, len(want), len(got))
	}
	for i := range want {
		if math.Float64bits(want[i]) != math.Float64bits(got[i]) {
			t.Fatalf("%s: row %d: want the bits of %g, got those of %g", how, i, want[i], got[i])
		}
	}
}

// One bundle gives the same bits through every entrance: files of three formats, 1, 2 and 7 workers, the typed scorer and HTTP.
func TestEveryEntranceGivesTheSameBits(t *testing.T) {
	train, test := clitest.File(t, "train.csv", clitest.Rows(0, 800)), clitest.File(t, "test.csv", clitest.Rows(800, 400))
	for _, name := range []string{"gbdt", "linear"} {
		t.Run(name, func(t *testing.T) {
			path := sealed(t, train, "y", []string{"r"}, name)
			entrances(t, path, test, "probability_yes")
			b, err := registry.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := serve.NewModel(b, serve.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := fileScores(t, path, test, "probability_yes", "1")
			equalBits(t, "typed scorer", want, typed(t, m, test))
			equalBits(t, "HTTP", want, overHTTP(t, m, test))
		})
	}
}

// The same for the real test file of UCI Adult, when it is there.
func TestAdultThroughEveryFileFormat(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set: there are no real sets")
	}
	path := sealed(t, filepath.Join(dir, "adult-train.csv"), "income", nil, "gbdt")
	entrances(t, path, filepath.Join(dir, "adult-test.csv"), "probability_>50K")
}

func entrances(t *testing.T, path, test, column string) {
	t.Helper()
	want := fileScores(t, path, test, column, "1")
	for _, workers := range []string{"2", "7"} {
		equalBits(t, workers+" workers", want, fileScores(t, path, test, column, workers))
	}
	for _, format := range []string{"rows.parquet", "rows.jsonl", "rows.tsv"} {
		equalBits(t, "from "+format, want, fileScores(t, path, convert(t, test, format), column, "2"))
	}
}

func fileScores(t *testing.T, path, data, column, workers string) []float64 {
	t.Helper()
	to := filepath.Join(t.TempDir(), "scored.csv")
	r := clitest.JSON(t, app(), 0, "-model", path, "-data", data, "-out", to, "-workers", workers)
	if r["refused"] != 0.0 {
		t.Fatalf("want no row refused, got %v", r)
	}
	return numbers(t, to, column)
}

func rows(t *testing.T, test string) []row {
	t.Helper()
	src, err := lab.OpenData(test, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if out, err = dataset.ScanStructs(b, out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func typed(t *testing.T, m *serve.Model, test string) []float64 {
	t.Helper()
	scorer, err := serve.Bind[row](m)
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	var p serve.Prediction
	for _, r := range rows(t, test) {
		if err := scorer.ScoreInto(t.Context(), &r, &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p.Probability[1])
	}
	return out
}

func overHTTP(t *testing.T, m *serve.Model, test string) []float64 {
	t.Helper()
	h, err := serve.NewHandler(serve.NewRouter(m), serve.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	var list []map[string]any
	for _, r := range rows(t, test) {
		list = append(list, map[string]any{"x": r.X, "z": r.Z, "c": r.C})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Predictions []struct {
			Probability []float64 `json:"probability"`
		} `json:"predictions"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, p := range answer.Predictions {
		out = append(out, p.Probability[1])
	}
	return out
}

func TestRefusedRowsKeepTheirPlaceAndSayWhy(t *testing.T) {
	path := sealed(t, clitest.File(t, "train.csv", clitest.Rows(0, 800)), "y", []string{"r"}, "linear")
	data := clitest.File(t, "bad.csv", "x,z,c\n5,50,red\n-900,50,red\n5,50,purple\n5,50,blue\n")
	to := filepath.Join(t.TempDir(), "scored.csv")
	r := clitest.JSON(t, app(), 0, "-model", path, "-data", data, "-out", to, "-raw")
	if r["rows"] != 4.0 || r["refused"] != 2.0 {
		t.Errorf("want 2 of 4 rows refused, got %v", r)
	}
	p := numbers(t, to, "probability_yes")
	for i, refused := range []bool{false, true, true, false} {
		if math.IsNaN(p[i]) != refused {
			t.Errorf("row %d: want refused %t, got %g", i, refused, p[i])
		}
	}
	below, unseen := numbers(t, to, "refused_below_min"), numbers(t, to, "refused_one_of")
	if fmt.Sprint(below, unseen) != "[0 1 0 0] [0 0 1 0]" {
		t.Errorf("got %v and %v", below, unseen)
	}
	if raw := numbers(t, to, "raw"); math.Abs(1/(1+math.Exp(-raw[0]))-p[0]) > 1e-12 {
		t.Errorf("want the raw score's sigmoid %g, got %g", raw[0], p[0])
	}
}

func TestBadInput(t *testing.T) {
	train := clitest.File(t, "train.csv", clitest.Rows(0, 200))
	path := sealed(t, train, "y", []string{"r"}, "linear")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	flipped := clitest.File(t, "flipped.tide", string(text))
	renamed := clitest.File(t, "renamed.csv", "x,zz,c\n1,2,red\n")
	out := filepath.Join(t.TempDir(), "out.csv")
	for i, c := range []struct{ args, want []string }{
		{nil, []string{"-model"}},
		{[]string{"-model", path}, []string{"-data"}},
		{[]string{"-model", "absent.tide", "-data", train}, []string{"absent.tide"}},
		{[]string{"-model", flipped, "-data", train, "-out", out}, []string{"flipped.tide", "digest"}},
		{[]string{"-model", "model.pkl", "-data", train}, []string{"-model", "model.pkl"}},
		{[]string{"-model", "nowhere/m@latest", "-data", train}, []string{"nowhere"}},
		{[]string{"-model", path, "-data", renamed, "-out", out}, []string{`"z"`, "missing_column"}},
		{[]string{"-model", path, "-data", "absent.csv"}, []string{"absent.csv"}},
		{[]string{"-model", path, "-data", train, "-out", "out.xls"}, []string{".xls"}},
		{[]string{"-model", path, "-data", train, "-nope"}, []string{"-nope"}},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) { clitest.Refuses(t, app(), c.args, c.want...) })
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}

func TestRowsThatHaveAColumnThatScoringAddsAreRefused(t *testing.T) {
	data := clitest.File(t, "rows.csv", clitest.Rows(0, 200))
	bundle, dir := sealed(t, data, "y", []string{"r"}, "linear"), t.TempDir()
	once, twice := filepath.Join(dir, "once.csv"), filepath.Join(dir, "twice.csv")
	clitest.JSON(t, app(), 0, "-model", bundle, "-data", data, "-out", once)
	clitest.Refuses(t, app(), []string{"-model", bundle, "-data", once, "-out", twice}, `"prediction"`, "scoring adds")
	if _, err := os.Stat(twice); err == nil {
		t.Error("a file was written")
	}
}

func TestACancelledContextLeavesNothing(t *testing.T) {
	train := clitest.File(t, "train.csv", clitest.Rows(0, 200))
	path, out := sealed(t, train, "y", []string{"r"}, "linear"), filepath.Join(t.TempDir(), "out.csv")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, errs := clitest.RunContext(ctx, app(), "-model", path, "-data", train, "-out", out); status != cli.BadInput {
		t.Errorf("want exit status 2, got %d %s", status, errs)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}
