package tidewheel_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/features/text"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// loose are the columns that are no number and no category.
func loose() []dataset.Field {
	return []dataset.Field{
		{Name: "words", Type: dataset.Utf8, Nullable: true},
		{Name: "raw", Type: dataset.Binary, Nullable: true},
		{Name: "marks", Type: dataset.List(dataset.Float64), Nullable: true},
		{Name: "tags", Type: dataset.List(dataset.Utf8), Nullable: true},
		{Name: "where", Type: "struct<lat:float64,city:utf8>", Nullable: true},
		{Name: "doc", Type: dataset.JSON, Nullable: true},
	}
}

// mixedRows are 400 rows of those columns beside a number and a target, every tenth of each of them null, in two batches.
func mixedRows(t *testing.T) *dataset.Batches {
	t.Helper()
	s, err := dataset.NewSchema(append([]dataset.Field{{Name: "x", Type: dataset.Float64}, {Name: "y", Type: dataset.Bool, Role: dataset.Target}}, loose()...)...)
	if err != nil {
		t.Fatal(err)
	}
	var batches []dataset.Batch
	for part := range 2 {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
		for i := part * 200; i < part*200+200; i++ {
			row := []string{fmt.Sprintf(`{"x":%d,"y":%v`, i%7, i%7 > 3)}
			for j, cell := range []string{
				fmt.Sprintf(`"words":"it is %d of %s"`, i, strings.Repeat("many, \\\"many\\\" words ", i%50)),
				`"raw":"AP8Q"`,
				fmt.Sprintf(`"marks":[%d.5,null,%d]`, i, i%3),
				fmt.Sprintf(`"tags":[%s]`, strings.TrimSuffix(strings.Repeat(`"tag",`, i%4), ",")),
				fmt.Sprintf(`"where":{"lat":%d.25,"city":"c%d"}`, i, i%5),
				fmt.Sprintf(`"doc":"{\"a\":[%d,{}]}"`, i),
			} {
				if i%10 != j {
					row = append(row, cell)
				}
			}
			if err := rb.UnmarshalJSON([]byte(strings.Join(row, ",") + "}")); err != nil {
				t.Fatal(err)
			}
		}
		rec := rb.NewRecord()
		rb.Release()
		b, err := dataset.FromRecord(rec, s)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	src, err := dataset.NewBatches(s, batches...)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// cells returns each row of a source as text.
func cells(t *testing.T, src dataset.Source) []string {
	t.Helper()
	var out []string
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.NumRows() {
			var row []string
			for j := range b.Schema().Len() {
				text, err := json.Marshal(b.Column(j).GetOneForMarshal(i))
				if err != nil {
					t.Fatal(err)
				}
				row = append(row, string(text))
			}
			out = append(out, strings.Join(row, "|"))
		}
	}
	return out
}

// named checks that an error is about a column and its type.
func named(t *testing.T, what string, err, is error, f dataset.Field) {
	t.Helper()
	if err == nil || !errors.Is(err, is) || !strings.Contains(err.Error(), f.Name) || !strings.Contains(err.Error(), string(f.Type)) {
		t.Errorf("%s: want an error about column %s of type %s, got %v", what, f.Name, f.Type, err)
	}
}

// A file format takes such a column and gives it back as it was, or refuses it by name and type.
func TestLooseColumnsInFiles(t *testing.T) {
	src := mixedRows(t)
	path := func(name string) string { return filepath.Join(t.TempDir(), name) }
	for _, f := range []struct {
		name  string
		takes []string // those that it must take
		file  string
		write func(path string, s *dataset.Schema) (dataset.Sink, error)
		read  func(path string, s *dataset.Schema) (dataset.Source, error)
	}{
		{
			"csv",
			[]string{"words", "doc"},
			path("a.csv"),
			func(p string, s *dataset.Schema) (dataset.Sink, error) { return csv.Create(p, s, csv.WriteOptions{}) },
			func(p string, s *dataset.Schema) (dataset.Source, error) { return csv.Open(p, csv.Options{Schema: s}) },
		},
		{
			"jsonl",
			[]string{"words", "doc"},
			path("a.jsonl"),
			func(p string, s *dataset.Schema) (dataset.Sink, error) {
				return jsonl.Create(p, s, jsonl.WriteOptions{})
			},
			func(p string, s *dataset.Schema) (dataset.Source, error) {
				return jsonl.Open(p, jsonl.Options{Schema: s})
			},
		},
		{
			"parquet",
			[]string{"words", "doc", "raw"},
			path("a.parquet"),
			func(p string, s *dataset.Schema) (dataset.Sink, error) {
				return parquet.Create(p, s, parquet.WriteOptions{})
			},
			func(p string, _ *dataset.Schema) (dataset.Source, error) { return parquet.Open(p, parquet.Options{}) },
		},
		{
			"ipc",
			[]string{"words", "doc", "raw", "marks", "tags", "where"},
			path("a.arrow"),
			func(p string, s *dataset.Schema) (dataset.Sink, error) { return ipc.Create(p, s, ipc.WriteOptions{}) },
			func(p string, _ *dataset.Schema) (dataset.Source, error) { return ipc.Open(p, ipc.Options{}) },
		},
	} {
		t.Run(f.name, func(t *testing.T) {
			kept := []string{"x", "y"}
			for _, c := range loose() {
				one, err := src.Schema().Select("x", c.Name)
				if err != nil {
					t.Fatal(err)
				}
				sink, err := f.write(f.file, one)
				if err == nil {
					kept = append(kept, c.Name)
					_ = sink.Close()
					continue
				}
				if slices.Contains(f.takes, c.Name) {
					t.Errorf("column %s: want it taken, got %v", c.Name, err)
				}
				named(t, "create", err, dataset.ErrUnsupported, c)
			}
			want, err := dataset.Select(t.Context(), src, kept...)
			if err != nil {
				t.Fatal(err)
			}
			sink, err := f.write(f.file, want.Schema())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dataset.Copy(t.Context(), sink, want); err != nil {
				t.Fatal(err)
			}
			got, err := f.read(f.file, want.Schema())
			if err != nil {
				t.Fatal(err)
			}
			if a, b := cells(t, want), cells(t, got); !slices.Equal(a, b) {
				t.Errorf("%d rows came back otherwise than the %d that were written, the first as %s, want %s", len(b), len(a), b[0], a[0])
			}
		})
	}
}

// joined is a fold that keeps the rows as texts.
type joined struct {
	t    *testing.T
	rows []string
}

func (j *joined) Observe(b dataset.Batch) error {
	one, err := dataset.NewBatches(b.Schema(), b)
	if err != nil {
		return err
	}
	j.rows = append(j.rows, cells(j.t, one)...)
	return one.Close()
}

func (j *joined) Merge(next *joined) error {
	j.rows = append(j.rows, next.rows...)
	return nil
}

func TestLooseColumnsInFoldsAndSplits(t *testing.T) {
	src := mixedRows(t)
	all := cells(t, src)
	fold, err := dataset.Run(t.Context(), src, func() *joined { return &joined{t: t} }, dataset.RunOptions{})
	if err != nil || !slices.Equal(fold.rows, all) {
		t.Errorf("a fold over batches that are cut anew: %d rows, want %d as they were, error %v", len(fold.rows), len(all), err)
	}
	split, err := dataset.NewSplit(t.Context(), src, dataset.SplitOptions{Test: 0.25, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	parts := append(cells(t, split.Train), cells(t, split.Test)...)
	slices.Sort(parts)
	slices.Sort(all)
	if !slices.Equal(parts, all) {
		t.Error("a split changed, lost or doubled rows")
	}
}

// Profiles count and measure such columns, inferred rules say whether they may be null, and a validator looks for nulls.
func TestLooseColumnsAreProfiledAndChecked(t *testing.T) {
	src := mixedRows(t)
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]validate.LengthProfile{
		"raw": {Min: 3, Max: 3, Mean: 3}, "marks": {Min: 3, Max: 3, Mean: 3}, "tags": {Min: 0, Max: 3, Mean: 1.5}, "doc": {Min: 12, Max: 14, Mean: 13.75},
	} {
		c, ok := p.Column(name)
		if !ok || c.Rows != 400 || c.Nulls != 40 || c.Length == nil {
			t.Errorf("%s: want 400 rows, 40 nulls and lengths, got %+v", name, c)
			continue
		}
		if c.Length.Min != want.Min || c.Length.Max != want.Max || c.Length.Mean < want.Mean-0.1 || c.Length.Mean > want.Mean+0.1 {
			t.Errorf("%s: want lengths near %+v, got %+v", name, want, *c.Length)
		}
	}
	if c, _ := p.Column("where"); c.Nulls != 40 || c.Length != nil {
		t.Errorf("a struct has no length, got %+v", c)
	}
	text, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := validate.ParseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := again.MarshalJSON(); err != nil || string(back) != string(text) {
		t.Errorf("a profile changed in its sealed form, error %v", err)
	}
	rules, err := validate.Infer(p, validate.InferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(rules, validate.ValidatorOptions{Reference: p})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := v.Check(t.Context(), src); err != nil || r.RowsBad != 0 {
		t.Errorf("rows that the rules were made of: want none bad, got %+v, error %v", r, err)
	}
	fields := rules.Fields()
	for i := range fields {
		fields[i].Nullable = false
	}
	strict, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = validate.New(strict, validate.ValidatorOptions{}); err != nil {
		t.Fatal(err)
	}
	// Rows 0 to 5 of every ten lack one column each.
	if r, err := v.Check(t.Context(), src); err != nil || r.RowsBad != 240 {
		t.Errorf("want 240 rows refused for a null, got %+v, error %v", r, err)
	}
}

func TestLooseColumnsBesideFeatures(t *testing.T) {
	src := mixedRows(t)
	standard := must(scale.NewStandardizer(scale.StandardizerOptions{}))
	pipeline := must(features.NewPipeline(features.Step{Columns: features.Numeric(), Fitter: standard}))
	fitted, err := pipeline.Fit(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	out, err := features.Apply(fitted, src)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"words", "raw", "marks", "tags", "where", "doc"}
	before, err1 := dataset.Select(t.Context(), src, names...)
	after, err2 := dataset.Select(t.Context(), out, names...)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cells(t, before), cells(t, after)) {
		t.Error("columns that no step reads were changed")
	}
	hot := must(encode.NewOneHot(encode.OneHotOptions{}))
	for _, f := range loose()[1:] {
		for what, fitter := range map[string]features.Fitter{"one hot": hot, "standardizer": standard} {
			_, err := must(features.NewPipeline(features.Step{Columns: features.Columns(f.Name), Fitter: fitter})).Fit(t.Context(), src)
			named(t, what, err, dataset.ErrSchema, f)
		}
	}
}

// A model refuses such a feature by name; beside the features that it is given, the columns do not disturb it, and they are in its bundle only where it reads them.
func TestLooseColumnsBesideAModel(t *testing.T) {
	src := mixedRows(t)
	boosting, logistic := must(tree.NewBoosting(tree.BoostingOptions{Trees: 5})), must(linear.NewLogistic(linear.LogisticOptions{}))
	for _, f := range loose()[1:] {
		problem, err := model.NewProblem(t.Context(), src, "y", model.ProblemOptions{Features: []string{"x", f.Name}})
		if err != nil {
			t.Errorf("column %s: %v", f.Name, err)
			continue
		}
		for what, e := range map[string]model.Estimator{"boosting": boosting, "logistic": logistic} {
			_, err = e.Fit(t.Context(), model.Training{Problem: problem, Rows: src})
			named(t, what, err, dataset.ErrSchema, f)
		}
	}
	problem := must(model.NewProblem(t.Context(), src, "y", model.ProblemOptions{Features: []string{"x"}}))
	fitted, err := boosting.Fit(t.Context(), model.Training{Problem: problem, Rows: src})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := registry.Seal(registry.Contents{Name: "m", Model: fitted, Schema: src.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		scored, err := bundle.Predictor().Predict(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		scored.Release()
	}
	router := serve.NewRouter(must(serve.NewModel(bundle, serve.Options{})))
	handler := must(serve.NewHandler(router, serve.HandlerOptions{}))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"x":6,"marks":[1,null],"where":{"lat":1,"city":"c"},"doc":{"a":[{}]},"words":"w"}`))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	body, _ := io.ReadAll(w.Body)
	if w.Code != http.StatusOK || !strings.Contains(string(body), `"prediction":true`) {
		t.Errorf("further columns of any shape in a request: got %d %s", w.Code, body)
	}
}

// Long text becomes features that a sealed model reads again, whole batches and one request alike.
func TestTextReachesAModel(t *testing.T) {
	src := mixedRows(t)
	for name, fitter := range map[string]features.Fitter{
		"hash":  must(text.NewHash(text.HashOptions{Columns: 32})),
		"tfidf": must(text.NewTFIDF(text.TFIDFOptions{Terms: text.Terms{MaxWords: 2}, MaxColumns: 200})),
	} {
		problem := must(model.NewProblem(t.Context(), src, "y", model.ProblemOptions{Features: []string{"x", "words"}}))
		recipe := model.Recipe{Features: must(features.NewPipeline(features.Step{Columns: features.Columns("words"), Fitter: fitter})), Estimator: must(linear.NewLogistic(linear.LogisticOptions{}))}
		fitted, err := recipe.Fit(t.Context(), model.Training{Problem: problem, Rows: src})
		if err != nil {
			t.Fatal(err)
		}
		bundle, err := registry.Seal(registry.Contents{Name: "m", Model: fitted})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := bundle.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := registry.Decode(whole)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		handler := must(serve.NewHandler(serve.NewRouter(must(serve.NewModel(again, serve.Options{}))), serve.HandlerOptions{}))
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"x":6,"words":"It is 6 of \"many\" words"}`))
		request.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"prediction":true`) {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}
