package expression_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/expression"
)

type sale struct {
	N     int64  `ml:"name=n"`
	Small *int32 `ml:"name=small"`
	Big   uint64 `ml:"name=big"`
	X     *float64
	State string `ml:"type=dictionary"`
	Code  *string
	Paid  bool
	At    time.Time
	Len   string `ml:"name=len"`
	Gain  int64  `ml:"name=capital-gain"`
}

func ptr[T any](x T) *T { return &x }

var sales = []sale{
	{N: 1, Small: ptr(int32(2)), Big: math.MaxUint64, X: ptr(2.5), State: "paid", Code: ptr("AB-1"), Paid: true, At: time.Date(2026, 2, 28, 23, 59, 0, 0, time.UTC), Len: "a", Gain: 7},
	{N: 2, Small: nil, Big: 3, X: ptr(math.NaN()), State: "open", Code: nil, At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Len: "b", Gain: 8},
	{N: 3, Small: ptr(int32(0)), Big: 0, X: nil, State: "öpen", Code: ptr("x"), At: time.Date(2025, 12, 31, 12, 30, 0, 0, time.UTC), Len: "c", Gain: 9},
	{N: 4, Small: ptr(int32(-1)), Big: 1, X: ptr(math.Inf(1)), State: "", Code: ptr("ab-1"), At: time.Unix(0, 0).UTC(), Len: "d", Gain: -9},
}

func source(t testing.TB, rows []sale, o dataset.StructsOptions) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// The rows that break each expression, worked out by hand.
func TestRowsThatBreakAnExpression(t *testing.T) {
	src := source(t, sales, dataset.StructsOptions{})
	for text, want := range map[string][]int64{
		`n < 3`:                                     {2, 3},
		`n < 3 && Paid`:                             {1, 2, 3},
		`small > 0`:                                 {2, 3}, // a null is passed over
		`X > 3`:                                     {0},    // null and NaN too
		`missing(X) || X > 3`:                       {0},
		`!missing(X)`:                               {1, 2},
		`!missing(X) && X < 9`:                      {1, 2, 3},
		`missing(small) == missing(Code)`:           nil,
		`missing(small) && n == 2`:                  {0, 2, 3},
		`n % small == 0`:                            {0, 2}, // 3 % 0 has no value; -1 divides 4
		`n / 2 == 0.5`:                              {1, 2, 3},
		`big > 1e19`:                                {1, 2, 3},
		`State in ["paid", "open"]`:                 {2, 3},
		`State not in ["paid", ""]`:                 {0, 3},
		`len(State) == 4`:                           {3}, // characters
		`Code matches "^[A-Z]{2}-[0-9]$"`:           {2, 3},
		`upper(Code) startsWith "AB"`:               {2},
		`Code[0:2] == "AB"`:                         {2, 3},
		`int(Code[3:4]) == 1`:                       {2}, // "" is no number
		`Paid ? State == "paid" : State != "paid"`:  nil,
		`At >= date("2026-01-01")`:                  {2, 3},
		`At < date("2026-03-01T01:00:00+01:00")`:    {1},
		`year(At) == 2026 && month(At) == 2`:        {1, 2, 3},
		`weekday(At) == 6 || weekday(At) == 7`:      {2, 3}, // a Saturday and a Sunday
		`hour(At) == 23 and minute(At) == 59`:       {1, 2, 3},
		`day(At) > 27`:                              {1, 3},
		`At - date("2026-01-01") < duration("24h")`: {0, 1},
		`column("capital-gain") > 7`:                {0, 3},
		`column("len") + "x" == "ax"`:               {1, 2, 3},
		`len(column("len")) == n`:                   {1, 2, 3},
		`missing(column("capital-gain"))`:           {0, 1, 2, 3},
		`max(n, small) > 1.5 && abs(X) < 9`:         {3},
		`n == 1 or n == 2 or n > 2.5`:               nil,
		`round(X * 2) == 5`:                         {3},
	} {
		own, err := expression.New("rule", text, src.Schema(), expression.Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := broken(t, src, own); !slices.Equal(got, want) {
			t.Errorf("%s: rows %v, want %v", text, got, want)
		}
	}
}

func broken(t testing.TB, src dataset.Source, c check.Check) []int64 {
	t.Helper()
	checker, err := check.New([]check.Check{c}, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := checker.Run(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Report.Findings) == 0 {
		return nil
	}
	return slices.Collect(r.Rows(0))
}

func TestWhatDoesNotFitTheSchemaNamesTheColumn(t *testing.T) {
	s := source(t, sales, dataset.StructsOptions{}).Schema()
	for text, want := range map[string]dataset.SchemaError{
		`m < 3`:                         {Column: "m", Want: "a column of the schema", Got: "no such column"},
		`missing(m)`:                    {Column: "m", Want: "a column of the schema", Got: "no such column"},
		`column("m-n") < 3`:             {Column: "m-n", Want: "a column of the schema", Got: "no such column"},
		`State > 3`:                     {Column: "State", Want: "a value that > takes beside int", Got: "dictionary"},
		`3 > State`:                     {Column: "State", Want: "a value that > takes beside int", Got: "dictionary"},
		`X + Code == "x"`:               {Column: "X", Want: "a value that + takes beside string", Got: "float64"},
		`X % 2 == 0`:                    {Column: "X", Want: "a value that % takes beside int", Got: "float64"},
		`not n`:                         {Column: "n", Want: "a value that not takes", Got: "int64"},
		`upper(n) == "X"`:               {Column: "n", Want: "a value that upper takes", Got: "int64"},
		`year(Code) == 2026`:            {Column: "Code", Want: "a value that year takes", Got: "utf8"},
		`(n ? 1 : 2) == 1`:              {Column: "n", Want: "a condition", Got: "int64"},
		`At > "2026-01-01"`:             {Column: "At", Want: "a value that > takes beside string", Got: string(dataset.TimeUTC)},
		`column("capital-gain") == "x"`: {Column: "capital-gain", Want: "a value that == takes beside string", Got: "int64"},
	} {
		_, err := expression.New("rule", text, s, expression.Options{})
		var got *dataset.SchemaError
		if !errors.As(err, &got) || got.Column != want.Column || got.Want != want.Want || got.Got != want.Got {
			t.Errorf("%s: %v, want %+v", text, err, want)
		}
	}
}

func TestWhatIsNotOfTheLanguageIsRefused(t *testing.T) {
	s := source(t, sales, dataset.StructsOptions{}).Schema()
	for _, text := range []string{
		``, `1 == 1`, `n`, `n +`, `n < nil`, `now() > At`, `let a = n; a > 1`, `all(1..9, # > n)`, `n in 1..9`, `map([n], #)[0] > 1`, `At.Year() == 2026`, `$env.n > 1`, `$env["n"] > 1`, `{"a": n}.a > 1`,
		`State matches Code`, `X ?? 1 > 2`, `n; n > 1`, `[1,2][n] > 1`, `State in Code`, `repeat(State, 1000) == ""`, `toJSON(n) == "1"`, `fromJSON(Code) == 1`, `date(Code) > At`, `date("x") > At`, `timezone("UTC") != At`,
		`column(Code) > 1`, `missing(1)`, `missing(n + 1)`, `len > "a"`, `string(n) == "1"`, `n | abs() > filter([n], true)[0]`, `count([n]) > 0`, `reduce([n], #acc + #) > 0`, `sum([n]) > 0`, `sort([n])[0] > 0`,
		`State matches "("`, `"` + strings.Repeat("a", expression.MaxBytes) + `" == State`, `n > 0` + strings.Repeat(` && n > 0`, 300), `missing`, `get({"a": n}, "a") > 1`, `n.x > 1`, `State.len`,
	} {
		own, err := expression.New("rule", text, s, expression.Options{})
		var option *dataset.OptionError
		if !errors.As(err, &option) && !errors.Is(err, dataset.ErrSchema) || own.Judge != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	for _, o := range []expression.Options{{MaxNodes: -1}, {MaxNodes: 2}} {
		if _, err := expression.New("rule", `n > 1 && n < 9`, s, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if _, err := expression.New("", `n > 1`, s, expression.Options{}); err == nil {
		t.Error("an empty rule is accepted")
	}
}

// A batch of other types is an error, of other widths and encodings is not.
func TestColumnsOfOtherTypes(t *testing.T) {
	schema := func(fields ...dataset.Field) *dataset.Schema {
		s, err := dataset.NewSchema(fields...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	of := func(typ dataset.Type) *dataset.Schema {
		return schema(dataset.Field{Name: "c", Type: typ, Nullable: true})
	}
	for _, c := range []struct {
		made, met  dataset.Type
		text, cell string
		ok         bool
	}{
		{dataset.Int64, dataset.Int8, `c > 0`, "1", true},
		{dataset.Int8, dataset.Int16, `c > 0`, "1", true},
		{dataset.Int64, dataset.Int32, `c > 0`, "1", true},
		{dataset.Int64, dataset.Uint8, `c > 0`, "1", true},
		{dataset.Int64, dataset.Uint16, `c > 0`, "1", true},
		{dataset.Int64, dataset.Uint32, `c > 0`, "1", true},
		{dataset.Int64, dataset.Uint64, `c > 0`, "1", false},
		{dataset.Int64, dataset.Float64, `c > 0`, "1", false},
		{dataset.Float64, dataset.Int64, `c > 0`, "1", true},
		{dataset.Float64, dataset.Float32, `c > 0`, "1", true},
		{dataset.Float64, "decimal128(9,2)", `c > 0`, "1.50", true},
		{dataset.Float64, dataset.Date32, `c > 0`, "2026-01-01", false},
		{dataset.Utf8, dataset.LargeUtf8, `c == "a"`, "a", true},
		{dataset.Utf8, dataset.Int64, `c == "a"`, "1", false},
		{dataset.Date32, dataset.Timestamp, `year(c) == 2026`, "2026-01-01T00:00:00", true},
		{dataset.Timestamp, dataset.Date32, `year(c) == 2026`, "2026-01-01", true},
		{dataset.Timestamp, dataset.Int64, `year(c) == 2026`, "1", false},
		{dataset.Bool, dataset.Bool, `c`, "true", true},
		{dataset.Bool, dataset.Int8, `c`, "1", false},
		{dataset.Binary, dataset.Int8, `!missing(c)`, "1", true},
	} {
		own, err := expression.New("rule", c.text, of(c.made), expression.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rb := array.NewRecordBuilder(memory.DefaultAllocator, of(c.met).Arrow())
		if err := rb.Field(0).AppendValueFromString(c.cell); err != nil {
			t.Fatal(err)
		}
		b, err := dataset.FromRecord(rb.NewRecord(), of(c.met))
		if err != nil {
			t.Fatal(err)
		}
		bad := make([]bool, 1)
		err = own.Judge.Judge(b, bad)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, dataset.ErrSchema) || c.ok && bad[0] {
			t.Errorf("%s for %s: %v, %v", c.met, c.made, err, bad)
		}
		b.Release()
		rb.Release()
	}
}

// A text grows by no more than the expression is long.
func TestNoExpressionTakesMuch(t *testing.T) {
	rows := []sale{{State: strings.Repeat("a", 1000)}}
	src := source(t, rows, dataset.StructsOptions{})
	own, err := expression.New("rule", `State`+strings.Repeat(` + State`, 200)+` != ""`, src.Schema(), expression.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := broken(t, src, own); got != nil {
		t.Errorf("rows %v", got)
	}
}

func FuzzNew(f *testing.F) {
	for _, text := range []string{`n < 3 && State in ["paid"]`, `missing(X) || X ** 2 > 3`, `column("capital-gain") % n == 0`, `At - date("2026-01-01") < duration("1h")`, `let a = n; a > 1`, `all([1], # > 0)`} {
		f.Add(text)
	}
	src := source(f, sales, dataset.StructsOptions{})
	f.Fuzz(func(t *testing.T, text string) {
		own, err := expression.New("rule", text, src.Schema(), expression.Options{})
		if err != nil {
			return
		}
		if _, err := check.New([]check.Check{own, check.Terms{Check: own, Severity: validate.Flagged}}, check.Options{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		broken(t, src, own)
	})
}

func BenchmarkExpression(b *testing.B) {
	rows := make([]sale, 65_536)
	for i := range rows {
		rows[i] = sales[i%len(sales)]
	}
	src := source(b, rows, dataset.StructsOptions{})
	cached, err := dataset.Cache(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := cached.Close(); err != nil {
			b.Error(err)
		}
	}()
	own, err := expression.New("rule", `n <= column("capital-gain") && (State == "paid" || n > 1)`, src.Schema(), expression.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, c := range map[string]check.Check{"expression": own, "kernel": check.Compare{Left: "n", Operator: dataset.LessEqual, Right: "capital-gain"}} {
		b.Run(name, func(b *testing.B) {
			checker, err := check.New([]check.Check{c}, check.Options{Workers: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := checker.Run(b.Context(), cached); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(len(rows)), "ns/row")
		})
	}
}
