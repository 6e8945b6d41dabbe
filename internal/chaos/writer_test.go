package chaos_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/registrytest"
	"github.com/tidewheel/tidewheel/registry/store"
	"github.com/tidewheel/tidewheel/serve"
)

// The environment by which the test binary is told to be a writer, and what it needs.
const (
	roleVariable  = "TIDEWHEEL_CHAOS_ROLE"
	dirVariable   = "TIDEWHEEL_CHAOS_DIR"
	firstVariable = "TIDEWHEEL_CHAOS_FIRST"
	countVariable = "TIDEWHEEL_CHAOS_COUNT"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		m.Run()
		return
	}
	w := &writer{dir: os.Getenv(dirVariable)}
	err := errors.Join(w.number(firstVariable, &w.first), w.number(countVariable, &w.count))
	switch {
	case err != nil:
	case role == "write":
		err = w.write(context.Background())
	case role == "race":
		err = w.race(context.Background())
	case role == "train":
		err = w.train(context.Background())
	case role == "stream":
		err = w.stream(context.Background())
	case role == "fetch":
		err = w.fetch(context.Background())
	}
	if err != nil {
		w.say("fail %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// writer is the process that is killed. It says on standard output what was acknowledged, a line each.
type writer struct {
	dir          string
	first, count int
	mu           sync.Mutex
}

func (*writer) number(name string, to *int) (err error) {
	*to, err = strconv.Atoi(os.Getenv(name))
	return err
}

func (w *writer) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = fmt.Fprintf(os.Stdout, format+"\n", args...)
}

// write changes a registry and replaces files, all at once, until it is killed.
func (w *writer) write(ctx context.Context) error {
	w.say("ready")
	ctx, cancel := context.WithCancelCause(ctx)
	var wait sync.WaitGroup
	start := func(f func(ctx context.Context) error) { wait.Go(func() { cancel(f(ctx)) }) }
	start(w.registry)
	for _, f := range fileKinds() {
		start(func(ctx context.Context) error {
			for generation := w.first; ; generation++ {
				if err := f.write(ctx, filepath.Join(w.dir, f.name), generation); err != nil {
					return fmt.Errorf("%s: %w", f.name, err)
				}
				w.say("file %s %d", f.name, generation)
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

func openRegistry(ctx context.Context, dir string) (*registry.Registry, *store.Directory, error) {
	s, err := store.OpenDirectory(filepath.Join(dir, "registry"))
	if err != nil {
		return nil, nil, err
	}
	r, err := registry.Open(ctx, s, registry.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return r, s, nil
}

// registry registers, moves an alias, records and retires, again and again.
func (w *writer) registry(ctx context.Context) error {
	r, _, err := openRegistry(ctx, w.dir)
	if err != nil {
		return err
	}
	for i := w.first; ; i++ {
		b, err := registrytest.NewBundle("m", i)
		if err != nil {
			return err
		}
		v, err := r.Register(ctx, b)
		if err != nil {
			return err
		}
		w.say("entry register %d %s", v.Number, v.Digest)
		if err := r.SetAlias(ctx, registry.Move{Model: "m", Alias: "prod", Version: v.Number}); err != nil {
			return err
		}
		w.say("entry alias %d %s", v.Number, v.Digest)
		for range 3 {
			if err := r.Record(ctx, registry.Event{Name: "gate", Model: "m", Version: v.Number}); err != nil {
				return err
			}
			w.say("entry event %d %s", v.Number, v.Digest)
		}
		if v.Number < 2 {
			continue
		}
		old, err := r.Find(ctx, "m@"+strconv.Itoa(v.Number-1))
		if err != nil {
			return err
		}
		if old.Retired {
			continue
		}
		if err := r.Retire(ctx, "m", old.Number, "replaced"); err != nil {
			return err
		}
		w.say("entry retire %d %s", old.Number, old.Digest)
	}
}

// fileKind is a file that is replaced: each generation writes other content of the same size, and read says which generation it is, and whether all of it is.
type fileKind struct {
	name  string
	write func(ctx context.Context, path string, generation int) error
	read  func(ctx context.Context, path string) (generation int, err error)
}

// fileRows is chosen so that a file is several writes long.
const fileRows = 4000

type row struct {
	X   float64 `ml:"name=x"`
	Pad string  `ml:"name=pad"`
}

func rowsOf(generation int) (dataset.Source, error) {
	rows := make([]row, fileRows)
	for i := range rows {
		rows[i] = row{X: float64(generation) + 0.5, Pad: strings.Repeat("pad", 20) + strconv.Itoa(i)}
	}
	return dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 1000})
}

func fileKinds() []fileKind {
	copied := func(create func(path string, s *dataset.Schema) (dataset.Sink, error)) func(context.Context, string, int) error {
		return func(ctx context.Context, path string, generation int) error {
			src, err := rowsOf(generation)
			if err != nil {
				return err
			}
			sink, err := create(path, src.Schema())
			if err != nil {
				return err
			}
			_, err = dataset.Copy(ctx, sink, src)
			return errors.Join(err, sink.Close())
		}
	}
	openCSV := func(path string) (dataset.Source, error) { return csv.Open(path, csv.Options{}) }
	createCSV := func(path string, s *dataset.Schema) (dataset.Sink, error) {
		return csv.Create(path, s, csv.WriteOptions{})
	}
	return []fileKind{
		{"m.tide", writeBundle, readBundle},
		{"rows.csv", copied(createCSV), reading(openCSV, 2)},
		{"rows.jsonl", copied(func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return jsonl.Create(path, s, jsonl.WriteOptions{})
		}), reading(func(path string) (dataset.Source, error) { return jsonl.Open(path, jsonl.Options{}) }, 2)},
		{"rows.parquet", copied(func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return parquet.Create(path, s, parquet.WriteOptions{})
		}), reading(func(path string) (dataset.Source, error) { return parquet.Open(path, parquet.Options{}) }, 2)},
		{"scored.csv", func(ctx context.Context, path string, generation int) error {
			return score(ctx, path, generation, createCSV)
		}, reading(openCSV, 3)},
	}
}

func writeBundle(_ context.Context, path string, generation int) error {
	b, err := registrytest.NewBundle("m", generation)
	if err != nil {
		return err
	}
	return b.WriteFile(path)
}

func readBundle(_ context.Context, path string) (int, error) {
	b, err := registry.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(b.Lineage().Commit)
}

// score writes the scored rows of a generation, by the model of the same generation.
func score(ctx context.Context, path string, generation int, create func(string, *dataset.Schema) (dataset.Sink, error)) error {
	b, err := registrytest.NewBundle("m", generation)
	if err != nil {
		return err
	}
	m, err := serve.NewModel(b, serve.Options{})
	if err != nil {
		return err
	}
	src, err := rowsOf(generation)
	if err != nil {
		return err
	}
	_, err = serve.Run(ctx, m, src, func(s *dataset.Schema) (dataset.Sink, error) { return create(path, s) }, serve.RunOptions{Workers: 1})
	return err
}

// reading returns the function that reads a file of rows and its generation. It errors when a row or a column is missing or a row is of another generation.
func reading(open func(path string) (dataset.Source, error), columns int) func(ctx context.Context, path string) (int, error) {
	return func(ctx context.Context, path string) (int, error) {
		if _, err := os.Stat(path); err != nil {
			return 0, err
		}
		src, err := open(path)
		if err != nil {
			return 0, err
		}
		x := src.Schema().Index("x")
		if src.Schema().Len() != columns || x < 0 {
			return 0, fmt.Errorf("want %d columns, got %d", columns, src.Schema().Len())
		}
		values := make([]float64, 0, fileRows)
		for b, err := range src.Batches(ctx) {
			if err != nil {
				return 0, err
			}
			r := dataset.NewRow(src.Schema())
			for i := range b.NumRows() {
				if err := b.ReadRow(i, r); err != nil {
					return 0, err
				}
				values = append(values, r.Values[x].Number)
			}
		}
		if len(values) != fileRows {
			return 0, fmt.Errorf("want %d rows, got %d", fileRows, len(values))
		}
		for i, v := range values {
			if v != values[0] {
				return 0, fmt.Errorf("row %d is of another generation than the first", i)
			}
		}
		return int(values[0]), nil
	}
}

const (
	raceAliases = 12
	raceBundles = 4
	raceObjects = 20
)

// race lets count writers, each with a registry of its own, ask for the same things at once.
func (w *writer) race(ctx context.Context) error {
	w.say("ready")
	if !bufio.NewScanner(os.Stdin).Scan() {
		return errors.New("no start")
	}
	var wait sync.WaitGroup
	errs := make([]error, w.count)
	for i := range w.count {
		wait.Go(func() { errs[i] = w.contend(ctx, w.first+i) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// contend is one writer of a race. Its own version is id.
func (w *writer) contend(ctx context.Context, id int) error {
	r, s, err := openRegistry(ctx, w.dir)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for k := range raceObjects {
		switch err := s.PutNew(ctx, fmt.Sprintf("race/%d", k), []byte(strconv.Itoa(id))); {
		case err == nil:
			w.say("put %d %d", k, id)
		case !errors.Is(err, registry.ErrExists):
			return err
		}
	}
	for k := range raceBundles {
		b, err := registrytest.NewBundle("m", -1-k)
		if err != nil {
			return err
		}
		v, err := r.Register(ctx, b)
		if err != nil {
			return err
		}
		w.say("version %d %d", k, v.Number)
	}
	for k := range raceAliases {
		switch err := r.SetAlias(ctx, registry.Move{Model: "m", Alias: fmt.Sprintf("alias%d", k), Version: id, From: 1}); {
		case err == nil:
			w.say("won %d %d", k, id)
		case !errors.Is(err, registry.ErrExists):
			return err
		}
	}
	return r.Record(ctx, registry.Event{Name: "ran", Detail: strconv.Itoa(id)})
}
