package dataset_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

type place struct {
	Country string `ml:"name=country,oneof=DE|FR|US,unseen=missing"`
	City    *string
}

type address struct {
	place
	Zip string `ml:"pattern='[0-9]{4,5}',personal"`
}

type payment struct {
	ID     uint64  `ml:"name=id,role=key"`
	Amount float64 `ml:"name=amount,unit=EUR,min=0,max=5000,description='what is paid, it''s gross'"`
	Small  int16   `ml:"type=int32"`
	address
	At      time.Time       `ml:"role=time"`
	Day     *time.Time      `ml:"type=date32"`
	Local   time.Time       `ml:"type=timestamp[us]"`
	Age     sql.Null[int32] `ml:"sensitive,purpose=fraud"`
	Score   sql.NullFloat64
	Blob    []byte  `ml:"nullable"`
	Code    string  `ml:"type=dictionary"`
	Rate    float32 `ml:"unseen=reject"`
	Fraud   *bool   `ml:"role=target"`
	Skipped string  `ml:"-"`
	hidden  int     //nolint:unused // an unexported field is no column
}

func text(s string) *string { return &s }

func payments() []payment {
	day := time.Date(2024, 2, 29, 23, 0, 0, 0, time.FixedZone("x", -3600))
	yes := true
	return []payment{
		{
			ID: math.MaxUint64, Amount: 12.5, Small: -3, address: address{place: place{Country: "DE", City: text("Köln")}, Zip: "50667"},
			At: time.Date(2024, 3, 1, 12, 0, 0, 1999, time.UTC), Day: &day, Local: day, Age: sql.Null[int32]{V: 44, Valid: true},
			Score: sql.NullFloat64{Float64: math.Inf(1), Valid: true}, Blob: []byte{}, Code: "a", Rate: 0.1, Fraud: &yes,
		},
		{Amount: math.NaN(), Small: math.MinInt16, address: address{place: place{Country: "FR"}}, At: time.UnixMicro(-1).UTC(), Local: time.Unix(0, 0).UTC()},
	}
}

func TestSchemaOfTakesNamesTypesAndRulesFromTheStruct(t *testing.T) {
	s, err := dataset.SchemaOf[payment]()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"id uint64", "amount float64", "Small int32", "country utf8", "City utf8 null", "Zip utf8", "At timestamp[us,UTC]", "Day date32 null",
		"Local timestamp[us]", "Age int32 null", "Score float64 null", "Blob binary null", "Code dictionary", "Rate float32", "Fraud bool null",
	}
	for i, f := range s.Fields() {
		got := f.Name + " " + string(f.Type)
		if f.Nullable {
			got += " null"
		}
		if i >= len(want) || got != want[i] {
			t.Errorf("field %d is %q", i, got)
		}
	}
	amount, _ := s.Lookup("amount")
	if *amount.Min != 0 || *amount.Max != 5000 || amount.Unit != "EUR" || amount.Description != "what is paid, it's gross" {
		t.Errorf("amount is %+v", amount)
	}
	zip, _ := s.Lookup("Zip")
	country, _ := s.Lookup("country")
	age, _ := s.Lookup("Age")
	if zip.Pattern != "[0-9]{4,5}" || !zip.Personal || !reflect.DeepEqual(country.OneOf, []string{"DE", "FR", "US"}) ||
		country.Unseen != dataset.UnseenMissing || !age.Sensitive || age.Purpose != "fraud" {
		t.Errorf("rules are %+v %+v %+v", zip, country, age)
	}
}

func TestSchemaOfRefusesAndNamesTheField(t *testing.T) {
	check := func(name, want string, f func() (*dataset.Schema, error)) {
		t.Helper()
		s, err := f()
		if err == nil || s != nil || !strings.Contains(err.Error(), want) || !(errors.Is(err, dataset.ErrSchema) || errors.Is(err, dataset.ErrUnsupported)) {
			t.Errorf("%s: got schema %v, error %v", name, s, err)
		}
	}
	check("no struct", "int", dataset.SchemaOf[int])
	check("time", "time.Time", dataset.SchemaOf[time.Time])
	check("unknown key", `field Amount: unknown tag key "minimum"`, dataset.SchemaOf[struct {
		Amount float64 `ml:"minimum=0"`
	}])
	check("unknown type", "field Amount", dataset.SchemaOf[struct {
		Amount float64 `ml:"type=float16"`
	}])
	check("lossy type", "field Amount", dataset.SchemaOf[struct {
		Amount int64 `ml:"type=int32"`
	}])
	check("sign", "field N", dataset.SchemaOf[struct {
		N int8 `ml:"type=uint8"`
	}])
	check("rounding", "field N", dataset.SchemaOf[struct {
		N int64 `ml:"type=float64"`
	}])
	check("chan", "field C", dataset.SchemaOf[struct{ C chan int }])
	check("named struct", "field P", dataset.SchemaOf[struct{ P place }])
	check("embedded pointer", "field", dataset.SchemaOf[struct{ *Exported }])
	check("pointer to pointer", "field P", dataset.SchemaOf[struct{ P **int }])
	check("unexported with tag", "field p", dataset.SchemaOf[struct {
		p int `ml:"name=x"`
	}])
	check("open quote", "field P", dataset.SchemaOf[struct {
		P string `ml:"pattern='a"`
	}])
	check("after quote", "field P", dataset.SchemaOf[struct {
		P string `ml:"pattern='a'b"`
	}])
	check("twice", "field P", dataset.SchemaOf[struct {
		P string `ml:"unit=a,unit=b"`
	}])
	check("flag with value", "field P", dataset.SchemaOf[struct {
		P string `ml:"personal=yes"`
	}])
	check("key without value", "field P", dataset.SchemaOf[struct {
		P string `ml:"unit"`
	}])
	check("bound", "field P", dataset.SchemaOf[struct {
		P float64 `ml:"min=low"`
	}])
	check("role", `"p"`, dataset.SchemaOf[struct {
		P float64 `ml:"name=p,role=label"`
	}])
	check("same name", "twice", dataset.SchemaOf[struct {
		A float64 `ml:"name=x"`
		B float64 `ml:"name=x"`
	}])
}

// Exported is embedded by pointer, which has no place for its columns when it is nil.
type Exported struct{ A int }

func TestStructsRoundTripAtAnyBatchSize(t *testing.T) {
	for _, rows := range []int{0, 1, 2} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		src, err := dataset.FromStructs(payments(), dataset.StructsOptions{BatchRows: rows, Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		var got []payment
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if got, err = dataset.ScanStructs(b, got); err != nil {
				t.Fatal(err)
			}
		}
		want := payments()
		want[0].At = want[0].At.Truncate(time.Microsecond)
		*want[0].Day = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
		want[0].Local = time.Date(2024, 2, 29, 23, 0, 0, 0, time.UTC)
		if !math.IsNaN(got[1].Amount) {
			t.Error("NaN did not come back")
		}
		got[1].Amount, want[1].Amount = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("batches of %d:\n got %+v\nwant %+v", rows, got, want)
		}
		mem.AssertSize(t, 0)
	}
}

func TestFromStructsEndsWithItsContext(t *testing.T) {
	src, err := dataset.FromStructs(payments(), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range src.Batches(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	}
	var bad *dataset.OptionError
	if _, err := dataset.FromStructs(payments(), dataset.StructsOptions{BatchRows: -1}); !errors.As(err, &bad) {
		t.Errorf("error is %v", err)
	}
	if _, err := dataset.FromStructs([]int{1}, dataset.StructsOptions{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

func batchOf[T any](t testing.TB, rows []T) dataset.Batch {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		b.Retain()
		t.Cleanup(b.Release)
		return b
	}
	t.Fatal("no rows")
	return dataset.Batch{}
}

func TestScanStructsConvertsOnlyWithoutLoss(t *testing.T) {
	type wide struct {
		A int64
		B *float64
		C uint64
	}
	half, whole := 0.5, 2.0
	b := batchOf(t, []wide{{A: 300, B: &half, C: 7}, {A: 1 << 53, B: &whole, C: 1 << 63}})
	if got, err := dataset.ScanStructs(b, []struct{ A float64 }{{A: 9}}); err != nil || len(got) != 3 || got[2].A != 1<<53 {
		t.Errorf("got %v, %v", got, err)
	}
	refused := map[string]error{}
	_, refused["narrow"] = dataset.ScanStructs[struct{ A int16 }](b, nil)
	_, refused["unsigned to signed"] = dataset.ScanStructs[struct{ C int64 }](b, nil)
	_, refused["float to int"] = dataset.ScanStructs[struct{ B *int64 }](b, nil)
	_, refused["number to text"] = dataset.ScanStructs[struct{ A string }](b, nil)
	_, refused["number to bool"] = dataset.ScanStructs[struct{ A bool }](b, nil)
	_, refused["number to time"] = dataset.ScanStructs[struct{ A time.Time }](b, nil)
	_, refused["absent"] = dataset.ScanStructs[struct{ D int }](b, nil)
	null := batchOf(t, []wide{{}})
	_, refused["null"] = dataset.ScanStructs[struct{ B float64 }](null, nil)
	for name, err := range refused {
		var facts *dataset.SchemaError
		if !errors.As(err, &facts) || facts.Column == "" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestRowReaderReadsWhatTheBatchHolds(t *testing.T) {
	rows := payments()
	s, err := dataset.SchemaOf[payment]()
	if err != nil {
		t.Fatal(err)
	}
	r, err := dataset.NewRowReader[payment](s)
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf(t, rows)
	got, want := dataset.NewRow(s), dataset.NewRow(s)
	for i := range rows {
		r.Read(&rows[i], got)
		if err := b.ReadRow(i, want); err != nil {
			t.Fatal(err)
		}
		for j, w := range want.Values {
			g := got.Values[j]
			if g.Valid != w.Valid || g.Text != w.Text || math.Float64bits(g.Number) != math.Float64bits(w.Number) {
				t.Errorf("row %d, column %s: got %v, want %v", i, s.Field(j).Name, g, w)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		p := payment{Amount: 3, Code: "x"}
		r.Read(&p, got)
	}); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func TestRowReaderMatchesColumnsByNameAndForm(t *testing.T) {
	s, err := dataset.NewSchema(dataset.Field{Name: "b", Type: dataset.Float64}, dataset.Field{Name: "a", Type: dataset.Bool})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		A     int8   `ml:"name=a"`
		Extra string `ml:"name=extra"`
		B     uint16 `ml:"name=b"`
	}
	r, err := dataset.NewRowReader[row](s)
	if err != nil {
		t.Fatal(err)
	}
	out := dataset.NewRow(r.Schema())
	r.Read(&row{A: 1, B: 7}, out)
	if out.Values[0] != dataset.NumberValue(7) || out.Values[1] != dataset.NumberValue(1) {
		t.Errorf("row is %v", out.Values)
	}
	_, err = dataset.NewRowReader[struct {
		A string `ml:"name=a"`
	}](s)
	if !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("error is %v", err)
	}
}

func ExampleSchemaOf() {
	type Payment struct {
		Amount  float64 `ml:"name=amount,unit=EUR,min=0,max=5000"`
		Country string  `ml:"name=country,oneof=DE|FR|US"`
		Age     *int32  `ml:"name=age"`
	}
	s, err := dataset.SchemaOf[Payment]()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range s.Fields() {
		fmt.Println(f.Name, f.Type, f.Nullable)
	}
	// Output:
	// amount float64 false
	// country utf8 false
	// age int32 true
}

func ExampleRowReader() {
	type Payment struct {
		Amount  float64 `ml:"name=amount"`
		Country string  `ml:"name=country"`
	}
	s, err := dataset.SchemaOf[Payment]()
	if err != nil {
		fmt.Println(err)
		return
	}
	reader, err := dataset.NewRowReader[Payment](s)
	if err != nil {
		fmt.Println(err)
		return
	}
	row := dataset.NewRow(s)
	reader.Read(&Payment{Amount: 9.5, Country: "DE"}, row)
	fmt.Println(row.Values[0].Number, row.Values[1].Text)
	// Output: 9.5 DE
}
