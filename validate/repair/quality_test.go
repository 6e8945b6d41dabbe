package repair_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// 4 rows of 2 columns: one null, one number out of range, one of two rows with the same key, and so 0.3·7/8 + 0.4·7/8 + 0.15·3/4 + 0.15.
func TestQualityByHand(t *testing.T) {
	zero := 0.0
	s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64, Role: dataset.Key}, dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true, Min: &zero})
	must(t, err)
	src, err := csv.NewSource(strings.NewReader("id,x\n1,0.5\n2,\n3,-1\n3,4\n"), csv.Options{})
	must(t, err)
	feed, err := dataset.Cache(t.Context(), src)
	must(t, err)
	defer feed.Close()
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	report, err := v.Check(t.Context(), feed)
	must(t, err)
	p, err := validate.ProfileOf(t.Context(), feed, validate.ProfileOptions{})
	must(t, err)
	q, err := repair.QualityOf(s, p, report)
	must(t, err)
	if want := (repair.Quality{Score: 0.3*7/8 + 0.4*7/8 + 0.15*3/4 + 0.15, Completeness: 7.0 / 8, Validity: 7.0 / 8, Uniqueness: 0.75, Consistency: 1}); math.Abs(q.Score-want.Score) > 1e-15 {
		t.Errorf("got %+v, want %+v", q, want)
	}
	c, err := check.New([]check.Check{check.Unique{Columns: []string{"id"}}, check.Compare{Left: "x", Operator: dataset.Less, Right: "id"}, check.NotNull{Column: "x"}}, check.Options{})
	must(t, err)
	result, err := c.Run(t.Context(), feed)
	must(t, err)
	if q, err = repair.QualityOf(s, nil, result.Report); err != nil || q.Uniqueness != 0.5 || q.Consistency != 6.0/8 || q.Completeness != 7.0/8 || q.Validity != 1 {
		t.Errorf("of checks: got %+v, %v", q, err)
	}
	for _, bad := range [][]*validate.Report{{}, {report, {Rows: 5}}, {{Rows: 0}}} {
		if _, err := repair.QualityOf(s, nil, bad...); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%d reports: got %v", len(bad), err)
		}
	}
	if _, err := repair.QualityOf(s, p, &validate.Report{Rows: 5}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a profile of other rows: got %v", err)
	}
	worst := &validate.Report{Rows: 1, Findings: []validate.Finding{{Rule: "own", Severity: validate.Refused, Count: 9}, {Rule: validate.RuleSwappedColumns, Other: "x", Severity: validate.Flagged, Count: 2}}}
	if q, err = repair.QualityOf(s, nil, worst); err != nil || q.Validity != 0 || q.Consistency != 0 {
		t.Errorf("more findings than cells: got %+v, %v", q, err)
	}
}

// corrupt spoils a share of the cells of src, of a larger share always those of a smaller one too: with nulls, with numbers out of range, and with texts that
// are no category.
func corrupt(t *testing.T, src dataset.Source, share float64) dataset.Source {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 4))
	return dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		var columns []arrow.Array
		defer func() {
			for _, a := range columns {
				a.Release()
			}
		}()
		for _, a := range b.Record().Columns() {
			spoilt, err := spoil(rng, a, share)
			if err != nil {
				return dataset.Batch{}, err
			}
			columns = append(columns, spoilt)
		}
		return dataset.NewBatch(b.Schema(), columns, b.NumRows())
	})
}

func spoil(rng *rand.Rand, a arrow.Array, share float64) (arrow.Array, error) {
	dt := a.DataType()
	if dt.ID() == arrow.DICTIONARY {
		dt = arrow.BinaryTypes.String
	}
	builder := array.NewBuilder(memory.DefaultAllocator, dt)
	defer builder.Release()
	texts, textErr := dataset.NewTexts(a)
	for i := range a.Len() {
		draw, null := rng.Float64(), rng.IntN(2) == 0
		bad := draw < share
		if bad && null || !bad && a.IsNull(i) {
			builder.AppendNull()
			continue
		}
		switch b := builder.(type) {
		case *array.StringBuilder:
			if textErr != nil {
				return nil, textErr
			}
			switch {
			case bad:
				b.Append("?!")
			default:
				b.Append(texts.Value(i))
			}
		default:
			x, err := dataset.Float64At(a, i)
			if err != nil {
				return nil, err
			}
			if bad {
				x = -30_000
			}
			switch b := builder.(type) {
			case *array.Float64Builder:
				b.Append(x)
			case *array.Int64Builder:
				b.Append(int64(x))
			case *array.Int32Builder:
				b.Append(int32(x))
			case *array.BooleanBuilder:
				b.Append(x == 1)
			default:
				return nil, dataset.ErrUnsupported
			}
		}
	}
	return builder.NewArray(), nil
}

func falls(t *testing.T, v *validate.Validator, src dataset.Source, shares ...float64) {
	t.Helper()
	var scores []float64
	for _, share := range shares {
		report, err := v.Check(t.Context(), corrupt(t, src, share))
		must(t, err)
		q, err := repair.QualityOf(v.Schema(), nil, report)
		must(t, err)
		scores = append(scores, q.Score)
		if q.Score < 0 || q.Score > 1 {
			t.Errorf("%v of the cells: %+v", share, q)
		}
	}
	t.Log(scores)
	for i := range scores[1:] {
		if !(scores[i+1] < scores[i]) {
			t.Errorf("the score does not fall: %v", scores)
			break
		}
	}
}

// The more cells are corrupted, the lower is the score.
func TestQualityFallsWithCorruption(t *testing.T) {
	src, err := validatetest.Reference(nil, 3, 5000)
	must(t, err)
	defer src.Close()
	s, err := validatetest.Schema()
	must(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	falls(t, v, src, 0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1)
}

func TestQualityFallsWithCorruptionOfAdult(t *testing.T) {
	root := os.Getenv("TIDEWHEEL_DATA")
	if root == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	file, err := csv.Open(filepath.Join(root, "adult-train.csv"), csv.Options{})
	must(t, err)
	src, err := dataset.Cache(t.Context(), file)
	must(t, err)
	defer src.Close()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	must(t, err)
	s, err := validate.Infer(p, validate.InferOptions{})
	must(t, err)
	guarded, err := validate.New(s, validate.ValidatorOptions{Reference: p})
	must(t, err)
	falls(t, guarded, src, 0, 0.01, 0.5)
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	falls(t, v, src, 0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1)
	// Repaired where it is explained, the rows are better, and what was done is undone to the bit.
	bad, err := dataset.Cache(t.Context(), corrupt(t, src, 0.02))
	must(t, err)
	defer bad.Close()
	before, err := v.Check(t.Context(), bad)
	must(t, err)
	proposal, err := repair.Propose(before, s, bad.Schema(), repair.ProposeOptions{Reference: p})
	must(t, err)
	out, ledger := repaired(t, bad, repair.Options{Schema: s}, proposal.Repairs...)
	defer out.Close()
	after, err := v.Check(t.Context(), out)
	must(t, err)
	if after.RowsBad*4 > before.RowsBad*3 {
		t.Errorf("%d rows refused before, %d after", before.RowsBad, after.RowsBad)
	}
	t.Logf("%d rows refused before, %d after", before.RowsBad, after.RowsBad)
	back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
	must(t, err)
	if !slices.Equal(texts(t, back), texts(t, bad)) {
		t.Error("undone, the rows are others")
	}
}
