package registry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
	"github.com/tidewheel/tidewheel/validate"
)

type payment struct {
	Amount  float64  `ml:"min=0,max=5000,unit=EUR"`
	Tenure  *float64 `ml:"min=0"`
	Country string   `ml:"oneof=DE|FR|US,unseen=other"`
}

// planned returns a model of three columns: 1 for an amount above limit, put together by hand.
func planned(t testing.TB, limit float64) *model.Planned {
	t.Helper()
	s, err := dataset.SchemaOf[payment]()
	if err != nil {
		t.Fatal(err)
	}
	b := plan.NewBuilder(plan.Input{Name: "Amount", Kind: plan.Number}, plan.Input{Name: "Tenure", Kind: plan.Number}, plan.Input{Name: "Country", Kind: plan.Text})
	code := b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{2}, Values: []string{"DE", "FR", "US"}, Unseen: 3})
	columns := b.Add(plan.Op{Kind: plan.OpOneHot, In: code, Count: 4, Null: -1})
	tenure := b.Add(plan.Op{Kind: plan.OpImpute, In: plan.Ints{1}, Fill: plan.Floats{12}})
	in := append(plan.Ints{0, tenure[0]}, columns...)
	raw := b.Add(plan.Op{Kind: plan.OpLinear, In: in, Coef: plan.Floats{0.01, -0.02, 0.1, 0.2, 0.3, 0.4}, Shift: plan.Floats{-0.01 * limit}})
	probability := b.Add(plan.Op{Kind: plan.OpComplement, In: b.Add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: probability})[0])
	b.Output(model.ProbabilityColumn, probability[0])
	b.Output(model.ProbabilityColumn, probability[1])
	b.Output(model.RawColumn, raw[0])
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Binary, Target: "Fraud", Classes: []string{"false", "true"}}, s, dataset.Field{Name: "Fraud", Type: dataset.Bool}, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func contents(t testing.TB, limit float64) registry.Contents {
	t.Helper()
	rows := make([]payment, 200)
	for i := range rows {
		v := float64(i % 30)
		rows[i] = payment{Amount: float64(i*37%5000) + 0.5, Country: []string{"DE", "FR", "US"}[i%3]}
		if i%5 > 0 {
			rows[i].Tenure = &v
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return registry.Contents{
		Name: "fraud", Model: planned(t, limit), Profile: profile,
		Evaluation: &model.Evaluation{Task: "binary", Report: metric.Report{
			Rows: 100, Level: 0.95, Values: []metric.Named{{Name: "roc_auc", Interval: metric.Interval{Value: 0.9, Low: 0.85, High: math.NaN()}}},
		}},
		Card:    registry.Card{Summary: "Flags payments.", Owner: "risk"},
		Lineage: registry.Lineage{Recipe: "by hand", Parameters: map[string]string{"b": "2", "a": "1"}},
	}
}

func seal(t testing.TB, limit float64) *registry.Bundle {
	t.Helper()
	b, err := registry.Seal(contents(t, limit))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encode(t testing.TB, b *registry.Bundle) []byte {
	t.Helper()
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatIsSealedReadsBack(t *testing.T) {
	b := seal(t, 1000)
	path := filepath.Join(t.TempDir(), "fraud.tide")
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := registry.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case got.Digest() != b.Digest() || got.Name() != "fraud":
		t.Errorf("want %s, got %s", b.Digest(), got.Digest())
	case !got.Schema().Equal(b.Schema()):
		t.Error("another schema")
	case got.Profile().Rows() != 200:
		t.Errorf("want a profile of 200 rows, got %d", got.Profile().Rows())
	case got.Card().Owner != "risk" || got.Lineage().Parameters["b"] != "2":
		t.Error("another card or lineage")
	}
	auc, ok := got.Evaluation().Get("roc_auc")
	if !ok || auc.Value != 0.9 || auc.Low != 0.85 || !math.IsNaN(auc.High) {
		t.Errorf("want the evaluation that was sealed, got %+v", auc)
	}
	for _, want := range []string{"# fraud", "Flags payments.", "| Amount | float64 | no | EUR | at least 0, at most 5000 |", "| roc_auc | 0.9 |"} {
		if !strings.Contains(got.CardMarkdown(), want) {
			t.Errorf("card: want %q in it, got\n%s", want, got.CardMarkdown())
		}
	}
}

func TestSealingAgainGivesTheSameBytes(t *testing.T) {
	if a, b := encode(t, seal(t, 1000)), encode(t, seal(t, 1000)); !bytes.Equal(a, b) {
		t.Error("two seals of one model differ")
	}
	if a, b := seal(t, 1000), seal(t, 1001); a.Digest() == b.Digest() {
		t.Error("two models have one digest")
	}
}

func TestEveryByteFlippedIsRefused(t *testing.T) {
	c := contents(t, 1000)
	c.Profile = nil // a small bundle; the profile's bytes are covered by their digest as all parts are
	b, err := registry.Seal(c)
	if err != nil {
		t.Fatal(err)
	}
	b, err = b.Attest(registry.Attestation{Kind: "approval", Subject: b.Digest(), Body: []byte("yes")})
	if err != nil {
		t.Fatal(err)
	}
	text := encode(t, b)
	for i := range text {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			text[i] ^= flip
			if _, err := registry.Decode(text); !errors.Is(err, registry.ErrTampered) {
				t.Fatalf("byte %d of %d flipped by %#x: want ErrTampered, got %v", i, len(text), flip, err)
			}
			text[i] ^= flip
		}
	}
	for _, n := range []int{0, 1, 7, 44, len(text) / 2, len(text) - 1} {
		if _, err := registry.Decode(text[:n]); !errors.Is(err, registry.ErrTampered) {
			t.Errorf("cut to %d bytes: want ErrTampered, got %v", n, err)
		}
	}
	if _, err := registry.Decode(append(bytes.Clone(text), 0)); !errors.Is(err, registry.ErrTampered) {
		t.Error("a byte more: want ErrTampered")
	}
	if _, err := registry.Decode(text); err != nil {
		t.Errorf("the bundle itself: %v", err)
	}
}

// host is a predictor of a host's own, without scoring operations.
type host struct{ model.Predictor }

func TestWhatCannotBeSealedIsRefusedByName(t *testing.T) {
	c := contents(t, 1)
	c.Model = host{c.Model}
	if _, err := registry.Seal(c); !errors.Is(err, model.ErrUnsupported) {
		t.Errorf("a host's predictor: want ErrUnsupported, got %v", err)
	}
	c = contents(t, 1)
	c.Name = "../up"
	var option *dataset.OptionError
	if _, err := registry.Seal(c); !errors.As(err, &option) {
		t.Errorf("a path as a name: want an OptionError, got %v", err)
	}
	c = contents(t, 1)
	s, err := dataset.NewSchema(dataset.Field{Name: "Amount", Type: dataset.Float64})
	if err != nil {
		t.Fatal(err)
	}
	c.Schema = s
	if _, err := registry.Seal(c); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a schema without a column: want ErrSchema, got %v", err)
	}
}

func TestReadFileSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if _, err := registry.ReadFile(filepath.Join(dir, "absent.tide")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want ErrNotExist, got %v", err)
	}
	if _, err := registry.ReadFile(dir); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: got %v", err)
	}
}

func open(t testing.TB, s registry.Store) *registry.Registry {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r, err := registry.Open(t.Context(), s, registry.Options{Actor: "test", Clock: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func directory(t testing.TB) *store.Directory {
	t.Helper()
	d, err := store.OpenDirectory(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestVersionsAliasesAndRetirement(t *testing.T) {
	for name, s := range map[string]registry.Store{"directory": directory(t), "memory": &store.Memory{}} {
		t.Run(name, func(t *testing.T) { life(t, s) })
	}
}

func life(t *testing.T, s registry.Store) {
	t.Helper()
	ctx, r := t.Context(), open(t, s)
	first, second := seal(t, 1000), seal(t, 2000)
	for i, b := range []*registry.Bundle{first, second, first} {
		v, err := r.Register(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		if want := i%2 + 1; v.Number != want || v.Digest != b.Digest() {
			t.Errorf("registration %d: want version %d, got %+v", i, want, v)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("want %v, got %v", want, err)
		}
	}
	must(r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "prod", Version: 1}))
	must(r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "prod", Version: 2, From: 1, Reason: "better"}))
	refused(r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "prod", Version: 1, From: 1}), registry.ErrExists)
	refused(r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "prod", Version: 3}), registry.ErrNotFound)
	var option *dataset.OptionError
	if err := r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "12", Version: 1}); !errors.As(err, &option) {
		t.Errorf("an alias of digits: want an OptionError, got %v", err)
	}
	refused(r.Retire(ctx, "fraud", 2, "in use"), registry.ErrExists)
	must(r.Retire(ctx, "fraud", 1, "replaced"))
	must(r.Retire(ctx, "fraud", 1, "replaced"))
	must(r.Record(ctx, registry.Event{Name: "gate", Model: "fraud", Version: 2, Detail: "roc_auc 0.9"}))
	refused(r.Record(ctx, registry.Event{Name: "gate", Model: "fraud", Version: 9}), registry.ErrNotFound)
	_, err := r.Load(ctx, "fraud@1")
	refused(err, registry.ErrRetired)
	if v, err := r.Find(ctx, "fraud@latest"); err != nil || v.Number != 2 {
		t.Errorf("latest: want version 2, got %d, %v", v.Number, err)
	}
	_, err = r.Load(ctx, "fraud@other")
	refused(err, registry.ErrNotFound)
	_, err = r.Load(ctx, "fraud")
	refused(err, registry.ErrNotFound)

	again := open(t, s) // what another process sees
	b, err := again.Load(ctx, "fraud@prod")
	must(err)
	if b.Digest() != second.Digest() {
		t.Errorf("want %s, got %s", second.Digest(), b.Digest())
	}
	versions, err := again.Versions(ctx, "fraud")
	must(err)
	if len(versions) != 2 || !versions[0].Retired || versions[0].Reason != "replaced" || len(versions[1].Aliases) != 1 {
		t.Errorf("got %+v", versions)
	}
	_, err = again.Versions(ctx, "none")
	refused(err, registry.ErrNotFound)
	n, err := again.Verify(ctx)
	must(err)
	var kinds []string
	for e, err := range again.Entries(ctx) {
		must(err)
		kinds = append(kinds, e.Kind)
	}
	if want := "register register alias alias retire event"; n != 6 || strings.Join(kinds, " ") != want {
		t.Errorf("want %s, got %d entries: %v", want, n, kinds)
	}
}

func TestAChangedOrMissingEntryBreaksTheChain(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"changed": func(dir string) error {
			path := filepath.Join(dir, "journal", "000000000001.json")
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, bytes.Replace(text, []byte("test"), []byte("tost"), 1), 0o600)
		},
		"missing": func(dir string) error { return os.Remove(filepath.Join(dir, "journal", "000000000001.json")) },
		"bundle":  func(dir string) error { return flipFirst(filepath.Join(dir, "bundles")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := store.OpenDirectory(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			r := open(t, s)
			for _, limit := range []float64{1, 2} {
				if _, err := r.Register(t.Context(), seal(t, limit)); err != nil {
					t.Fatal(err)
				}
			}
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			again, err := registry.Open(t.Context(), s, registry.Options{})
			if err == nil {
				_, err = again.Verify(t.Context())
			}
			if !errors.Is(err, registry.ErrJournal) && !errors.Is(err, registry.ErrTampered) {
				t.Errorf("want ErrJournal or ErrTampered, got %v", err)
			}
		})
	}
}

func flipFirst(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, list[0].Name())
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text[len(text)/2] ^= 1
	return os.WriteFile(path, text, 0o600)
}

// Of writers that ask for the same move one wins; every registration is there afterwards, under a number of its own.
func TestWritersThatCollide(t *testing.T) {
	const writers = 8
	s, bundles := directory(t), make([]*registry.Bundle, writers)
	for i := range bundles {
		bundles[i] = seal(t, float64(100+i))
	}
	if _, err := open(t, s).Register(t.Context(), seal(t, 1)); err != nil {
		t.Fatal(err)
	}
	if err := open(t, s).SetAlias(t.Context(), registry.Move{Model: "fraud", Alias: "prod", Version: 1}); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	won := make([]bool, writers)
	for i := range writers {
		r := open(t, s)
		wait.Go(func() {
			v, err := r.Register(t.Context(), bundles[i])
			if err != nil {
				t.Error(err)
				return
			}
			err = r.SetAlias(t.Context(), registry.Move{Model: "fraud", Alias: "prod", Version: v.Number, From: 1})
			won[i] = err == nil
			if err != nil && !errors.Is(err, registry.ErrExists) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	winners := 0
	for _, w := range won {
		if w {
			winners++
		}
	}
	versions, err := open(t, s).Versions(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	if winners != 1 || len(versions) != writers+1 {
		t.Errorf("want 1 winner and %d versions, got %d and %d", writers+1, winners, len(versions))
	}
	if _, err := open(t, s).Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACancelledContextChangesNothing(t *testing.T) {
	r := open(t, directory(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Register(ctx, seal(t, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("want Canceled, got %v", err)
	}
	if models, err := r.Models(t.Context()); err != nil || len(models) != 0 {
		t.Errorf("want no models, got %v, %v", models, err)
	}
}

func TestKeysStayBelowTheDirectory(t *testing.T) {
	d := directory(t)
	for _, key := range []string{"", "/x", "../x", "a/../../x", "a//b", ".hidden", "a/.b", `a\b`, "a\x00", strings.Repeat("a", 600), "%2e%2e/x"} {
		if err := d.PutNew(t.Context(), key, nil); err == nil {
			t.Errorf("key of %d bytes: want an error", len(key))
		}
		if _, err := d.Get(t.Context(), key); err == nil {
			t.Errorf("key of %d bytes: want an error", len(key))
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := encode(b, seal(b, 1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleSeal() {
	var t exampleT
	b, err := registry.Seal(registry.Contents{Name: "fraud", Model: planned(&t, 1000)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Name(), b.Schema().Names(), b.Predictor().Problem().Classes)
	// Output: fraud [Amount Tenure Country] [false true]
}

func ExampleRegistry() {
	var t exampleT
	ctx := context.Background()
	b, err := registry.Seal(registry.Contents{Name: "fraud", Model: planned(&t, 1000)})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := registry.Open(ctx, &store.Memory{}, registry.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := r.Register(ctx, b)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := r.SetAlias(ctx, registry.Move{Model: "fraud", Alias: "prod", Version: v.Number, Reason: "first"}); err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range r.Entries(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d %s %s@%d %q\n", e.Sequence, e.Kind, e.Model, e.Version, e.Alias)
	}
	// Output:
	// 1 register fraud@1 ""
	// 2 alias fraud@1 "prod"
}

// exampleT lets examples use the helpers of tests; a helper that fails ends the program.
type exampleT struct{ testing.TB }

func (exampleT) Helper() {}
