package libsvm_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/libsvm"
)

// written returns the text that Create makes of rows of CSV.
func written(t *testing.T, rows string, o libsvm.WriteOptions, roles ...dataset.Field) (string, error) {
	t.Helper()
	src, err := csv.NewSource(strings.NewReader(rows), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Schema().With(roles...)
	if err != nil {
		t.Fatal(err)
	}
	if src, err = csv.NewSource(strings.NewReader(rows), csv.Options{Schema: s}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.libsvm")
	sink, err := libsvm.Create(path, s, o)
	if err != nil {
		return "", err
	}
	defer sink.Close()
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
}

func TestWhatIsWritten(t *testing.T) {
	for _, c := range []struct {
		name, rows, want string
		o                libsvm.WriteOptions
		roles            []dataset.Field
	}{
		{"by name", "a,label,b\n1.5,1,0\n0,-1,2\n", "1 1:1.5 2:0\n-1 2:2\n", libsvm.WriteOptions{}, nil},
		{"by role", "a,y,g\n1.5,0.5,7\n", "0.5 qid:7 1:1.5\n", libsvm.WriteOptions{}, []dataset.Field{{Name: "y", Type: dataset.Float64, Role: dataset.Target}, {Name: "g", Type: dataset.Int64, Role: dataset.Group}}},
		{"by option", "a,y,qid\n1,2,7\n", "7 qid:2 1:1\n", libsvm.WriteOptions{Label: "qid", Group: "y"}, nil},
		{"numbers of features", "label,f0,f7\n1,0,0\n2,0,3\n", "1 0:0 7:0\n2 7:3\n", libsvm.WriteOptions{}, nil},
		{"kinds", "label,d,b,z\n1,1970-01-03,true,0\n1,1970-01-01,false,-0.0\n", "1 1:2 2:1 3:0.0\n1 3:-0.0\n", libsvm.WriteOptions{}, []dataset.Field{{Name: "z", Type: dataset.Float64}}},
		{"nulls left out", "label,a,b\n1,,0\n2,3,\n", "1 2:0\n2 1:3\n", libsvm.WriteOptions{AbsentNull: true}, nil},
		{"labels alone", "label\n1\n2\n", "1\n2\n", libsvm.WriteOptions{}, nil},
	} {
		if got, err := written(t, c.rows, c.o, c.roles...); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	for _, c := range []struct {
		name, rows string
		o          libsvm.WriteOptions
		is         error
	}{
		{"no label", "a\n1\n", libsvm.WriteOptions{}, dataset.ErrSchema},
		{"no such label", "label\n1\n", libsvm.WriteOptions{Label: "y"}, dataset.ErrSchema},
		{"no such group", "label\n1\n", libsvm.WriteOptions{Group: "y"}, dataset.ErrSchema},
		{"label and group", "label\n1\n", libsvm.WriteOptions{Group: "label"}, dataset.ErrSchema},
		{"group of fractions", "label,qid\n1,2.5\n", libsvm.WriteOptions{}, dataset.ErrUnsupported},
		{"text", "label,a\n1,x\n", libsvm.WriteOptions{}, dataset.ErrUnsupported},
		{"null label", "label,a\n1,1\n,2\n", libsvm.WriteOptions{}, dataset.ErrSchema},
		{"null group", "label,qid,a\n1,1,1\n1,,2\n", libsvm.WriteOptions{}, dataset.ErrSchema},
		{"null feature", "label,a\n1,\n1,2\n", libsvm.WriteOptions{}, dataset.ErrSchema},
	} {
		if _, err := written(t, c.rows, c.o); !errors.Is(err, c.is) {
			t.Errorf("%s: error is %v", c.name, err)
		}
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	for _, name := range []string{"a.libsvm", "a.libsvm.gz", "a.svm.zst"} {
		src, err := libsvm.NewSource(strings.NewReader("1 qid:1 1:0.1 5:-1e300\n0 qid:2 2:inf\n2 qid:2 6:0\n"), libsvm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		sink, err := libsvm.Create(path, src.Schema(), libsvm.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 3 {
			t.Fatalf("%d rows, %v", n, err)
		}
		back, err := libsvm.Open(path, libsvm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err1 := numbers(src)
		got, err2 := numbers(back)
		if !back.Schema().Equal(src.Schema()) || err1 != nil || err2 != nil || !reflect.DeepEqual(got, want) || !math.IsInf(got["f2"][1], 1) {
			t.Errorf("%s: got %v, want %v; %v, %v", name, got, want, err1, err2)
		}
	}
}
