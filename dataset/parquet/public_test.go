package parquet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// publicFile is what expected.json says of a file: pyarrow 26.0.1 read it, and its table is in an Arrow IPC file, or refused it.
type publicFile struct {
	Status, Expected, Schema string
	Rows                     int
}

// nestedSchema finds the types of nested columns in the text of a schema.
var nestedSchema = regexp.MustCompile(`: (list|struct|map)<`)

// kind is the group of files that one belongs to.
func (f publicFile) kind(name string) string {
	switch {
	case strings.HasPrefix(name, "shredded_variant/"):
		return "shredded variants"
	case f.Status != "read":
		return "refused by pyarrow"
	case nestedSchema.MatchString(f.Schema):
		return "nested"
	default:
		return "flat"
	}
}

func publicFiles(t *testing.T) (dir string, files map[string]publicFile) {
	t.Helper()
	if dir = os.Getenv("TIDEWHEEL_DATA"); dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	dir = filepath.Join(dir, "parquet-testing")
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Files map[string]publicFile }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return dir, list.Files
}

// TestPublicFiles reads the files of apache/parquet-testing in TIDEWHEEL_DATA whole, compares each with what pyarrow 26.0.1 read from it, and the outcomes with the
// tables of docs/formats.md.
func TestPublicFiles(t *testing.T) {
	dir, files := publicFiles(t)
	counts := map[string]map[string]int{}
	var refused []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		want := files[name]
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		outcome := "equal"
		rows, err := readWhole(mem, filepath.Join(dir, "files", name))
		switch {
		case err != nil:
			outcome = "refused"
			if !errors.Is(err, dataset.ErrUnsupported) && !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrLimit) && !errors.Is(err, dataset.ErrSchema) {
				t.Errorf("%s: error without a kind: %v", name, err)
			}
			reason := err.Error()
			if i := strings.LastIndex(reason, ".parquet: "); i >= 0 {
				reason = reason[i+len(".parquet: "):]
			}
			refused = append(refused, fmt.Sprintf("| %s | %s | %s |", name, want.kind(name), strings.ReplaceAll(reason, "|", "\\|")))
		case want.Status != "read":
			outcome = "read"
		default:
			expected := readIPC(t, filepath.Join(dir, want.Expected))
			if name == "data/int96_from_spark.parquet" {
				checkSpark(t, rows)
			} else if diff := differ(expected, rows); diff != "" {
				t.Errorf("%s: %s", name, diff)
				outcome = "different"
			}
			releaseAll(expected)
		}
		releaseAll(rows)
		mem.AssertSize(t, 0)
		kind := want.kind(name)
		if counts[kind] == nil {
			counts[kind] = map[string]int{}
		}
		counts[kind][outcome]++
	}
	compareWithDoc(t, counts, refused)
}

// compareWithDoc compares the outcomes with what docs/formats.md has between its marks.
func compareWithDoc(t *testing.T, counts map[string]map[string]int, refused []string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("| files | equal to pyarrow | read, pyarrow refuses | refused |\n|---|---|---|---|\n")
	for _, kind := range []string{"flat", "nested", "shredded variants", "refused by pyarrow"} {
		c := counts[kind]
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", kind, c["equal"], c["read"], c["refused"])
	}
	b.WriteString("\n| refused | among | reason |\n|---|---|---|\n")
	for _, line := range refused {
		b.WriteString(line + "\n")
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	const start, end = "<!-- parquet-testing -->\n", "<!-- end -->\n"
	_, rest, ok := strings.Cut(string(doc), start)
	table, _, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 || table != b.String() {
		t.Errorf("docs/formats.md has another table of parquet-testing; want\n%s", b.String())
	}
}

func releaseAll(batches []arrow.Record) {
	for _, b := range batches {
		b.Release()
	}
}

// readWhole reads every column of a file.
func readWhole(mem memory.Allocator, path string) (out []arrow.Record, err error) {
	src, err := parquet.Open(path, parquet.Options{BatchRows: 1000, Allocator: mem})
	if err != nil {
		return nil, err
	}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			releaseAll(out)
			return nil, err
		}
		b.Retain()
		out = append(out, b.Record())
	}
	return out, nil
}

func readIPC(t *testing.T, path string) (out []arrow.Record) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for k := range r.NumRecords() {
		rec, err := r.RecordAt(k)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

// checkSpark compares the one file whose times are beyond the range of nanoseconds, where pyarrow's start over without a word. The values are those of arrow-rs
// (parquet/tests, int96_from_spark) in microseconds; the last is 290000-12-31, which Spark wrote.
func checkSpark(t *testing.T, got []arrow.Record) {
	t.Helper()
	want := "[[1704141296123456 1704070800000000 253402225200000000 1735599600000000 null 9089380393200000000]]"
	var list [][]string
	for _, r := range got {
		a := r.Column(0).(*array.Timestamp)
		list = append(list, nil)
		for i := range a.Len() {
			v := "null"
			if a.IsValid(i) {
				v = fmt.Sprint(int64(a.Value(i)))
			}
			list[len(list)-1] = append(list[len(list)-1], v)
		}
	}
	if fmt.Sprint(list) != want {
		t.Errorf("int96_from_spark: got %v, want %s", list, want)
	}
}

// differ says where two tables differ, "" when they do not.
func differ(want, got []arrow.Record) string {
	a, b := cells(want), cells(got)
	if len(a) != len(b) {
		return fmt.Sprintf("%d columns for %d", len(b), len(a))
	}
	for j := range a {
		if len(a[j]) != len(b[j]) {
			return fmt.Sprintf("column %d: %d rows for %d", j, len(b[j]), len(a[j]))
		}
		for i := range a[j] {
			if a[j][i] != b[j][i] {
				return fmt.Sprintf("column %d, row %d: got %s, want %s", j, i, b[j][i], a[j][i])
			}
		}
	}
	return ""
}

// cells prints tables, column by column, so that different types of the same values are the same.
func cells(records []arrow.Record) [][]string {
	var out [][]string
	for _, r := range records {
		for j, c := range r.Columns() {
			if j == len(out) {
				out = append(out, nil)
			}
			for i := range c.Len() {
				out[j] = append(out[j], cell(c, i))
			}
		}
	}
	return out
}

func cell(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	switch a := a.(type) {
	case *array.Timestamp:
		unit := int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier())
		v := int64(a.Value(i))
		return fmt.Sprintf("%d s %d ns", floor(v, 1e9/unit), (v-floor(v, 1e9/unit)*(1e9/unit))*unit)
	case *array.Time64: // microseconds in these files
		return fmt.Sprint(int64(a.Value(i)))
	case *array.Float16:
		return halfBits(a.Value(i).Uint16())
	case *array.Float32:
		return fmt.Sprintf("%08x", math.Float32bits(a.Value(i)))
	case *array.Float64:
		return fmt.Sprintf("%016x", math.Float64bits(a.Value(i)))
	case *array.Binary:
		return fmt.Sprintf("%x", a.Value(i))
	case *array.FixedSizeBinary:
		if v := a.Value(i); len(v) == 16 { // a UUID in these files
			return fmt.Sprintf("%q", fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]))
		}
		return fmt.Sprintf("%x", a.Value(i))
	case *array.String:
		return fmt.Sprintf("%q", a.Value(i))
	case *array.Dictionary:
		return cell(a.Dictionary(), a.GetValueIndex(i))
	case *array.Struct:
		var parts []string
		for k := range a.NumField() {
			parts = append(parts, a.DataType().(*arrow.StructType).Field(k).Name+":"+cell(a.Field(k), i))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		var parts []string
		for k := from; k < to; k++ {
			parts = append(parts, cell(a.ListValues(), int(k)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return a.ValueStr(i)
	}
}

// halfBits prints the float32 that is equal to a half: the sign, and 1.fraction or 0.fraction times a power of two.
func halfBits(h uint16) string {
	exponent, fraction := int(h>>10&0x1f), float64(h&0x3ff)/1024
	v := math.Ldexp(1+fraction, exponent-15)
	switch {
	case exponent == 0x1f && fraction > 0: // NaN keeps its bits
		return fmt.Sprintf("%08x", uint32(h>>15)<<31|0x7f800000|uint32(h&0x3ff)<<13)
	case exponent == 0x1f:
		v = math.Inf(1)
	case exponent == 0:
		v = math.Ldexp(fraction, -14)
	}
	if h>>15 == 1 {
		v = -v
	}
	return fmt.Sprintf("%08x", math.Float32bits(float32(v)))
}

func floor(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}
