package survey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Bounds of a Survey.
const (
	maxShapes      = 32 // shapes of a column
	maxShapesBytes = 700
	maxMissing     = 10 // patterns of missing cells
	maxSurveyBytes = 64 << 20
	version        = 1
)

// Options says how a survey is made. The zero value is ready to use.
type Options struct {
	Seed       uint64           // of the drawing of rows
	SampleRows int              // rows drawn for dependencies, 64 to 65,536; 0 is 2,048. A coefficient near 0 has a standard error of 1/√SampleRows
	Target     string           // the column whose MutualInformation is asked; "" is the schema's target, none if it has not just one
	Workers    int              // goroutines that fold, of Of; 0 is GOMAXPROCS, 1 starts none
	Allocator  memory.Allocator // for re-cut batches, of Of; nil is Go's
}

const (
	defaultSample = 2048
	leastSample   = 64
	mostSample    = 65_536
)

// check fills in defaults, or returns an error for every bad field.
func (o Options) check(s *dataset.Schema) (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "survey.Options." + field, Value: value, Want: want})
	}
	if o.SampleRows == 0 {
		o.SampleRows = defaultSample
	}
	if o.SampleRows < leastSample || o.SampleRows > mostSample {
		bad("SampleRows", strconv.Itoa(o.SampleRows), "64 to 65536, or 0")
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers), "0 or more")
	}
	if o.Target == "" {
		if targets := s.ByRole(dataset.Target); len(targets) == 1 {
			o.Target = targets[0]
		}
	} else if s.Index(o.Target) < 0 {
		bad("Target", "another name", "a column of the schema")
	}
	return o, errors.Join(errs...)
}

// Survey is what was found. It is plain data, in JSON as it is here, with no value of any row but what shapes show of texts: where they have letters, digits and signs. Of a personal
// column it has counts only.
type Survey struct {
	Version      int              `json:"tidewheel.survey"`
	Rows         int64            `json:"rows"`
	Columns      []Column         `json:"columns"`    // in schema order
	Duplicates   Duplicates       `json:"duplicates"` // of whole rows
	Missing      []MissingPattern `json:"missing"`    // which columns miss together, the most frequent first; at most 10
	MissingOther int64            `json:"missing_other"`
	MissingError int64            `json:"missing_error"` // by how much a count may be too small; 0 for up to 256 patterns
	SampleRows   int              `json:"sample_rows"`   // rows that were drawn for Spearman, CramersV and Information
	Spearman     Matrix           `json:"spearman"`      // of the first 64 numeric columns, in [-1, 1]; ties have their mean rank
	CramersV     Matrix           `json:"cramers_v"`     // of the first 64 columns of texts and bools, in [0, 1], with Bergsma's correction (2013) for small samples
	Target       string           `json:"target,omitempty"`
	Information  []Information    `json:"information"` // about Target, in schema order
}

// Column is what was found in one column.
type Column struct {
	Name     string       `json:"name"`
	Type     dataset.Type `json:"type"`
	Personal bool         `json:"personal,omitempty"`
	Values   int64        `json:"values"` // neither null nor NaN
	// Unique says that no value came twice among those 512 whose hashes are smallest: for a column with at most so many, that none did; else, if one value in 170 came
	// twice, it would have been seen with a probability of 95 %. False without values and for a struct.
	Unique      bool    `json:"unique"`
	Order       *Order  `json:"order,omitempty"` // of a numeric column, dates and times included
	Votes       *Votes  `json:"votes,omitempty"` // of a text column
	Looks       *Looks  `json:"looks,omitempty"` // of a column of texts or integers
	Shapes      []Shape `json:"shapes,omitempty"`
	ShapesOther int64   `json:"shapes_other,omitempty"` // values whose shape is not listed
	ShapesError int64   `json:"shapes_error,omitempty"` // by how much a count of Shapes may be too small; 0 for up to 256 shapes
}

// Order counts how each value but the first compares with the one before it, in the order of rows; missing ones are passed over. Whole numbers beyond 2^53 compare as float64.
type Order struct {
	Rises int64 `json:"rises"`
	Ties  int64 `json:"ties"`
	Falls int64 `json:"falls"`
}

// Monotonic returns "constant", "increasing", "non-decreasing", "decreasing" or "non-increasing", and "" for a column that is none of them or has less than two values.
func (o Order) Monotonic() string {
	switch {
	case o.Rises+o.Ties+o.Falls == 0 || o.Rises > 0 && o.Falls > 0:
		return ""
	case o.Rises+o.Falls == 0:
		return "constant"
	case o.Falls == 0 && o.Ties == 0:
		return "increasing"
	case o.Falls == 0:
		return "non-decreasing"
	case o.Ties == 0:
		return "decreasing"
	default:
		return "non-increasing"
	}
}

// Votes counts the texts that read as values of another type, spaces around them aside, as validate.ParseCell reads them. A whole number is also a number.
type Votes struct {
	Integer   int64 `json:"integer"` // within 64 bits
	Number    int64 `json:"number"`  // finite
	Bool      int64 `json:"bool"`    // true and false, not 0 and 1
	Date      int64 `json:"date"`
	Timestamp int64 `json:"timestamp"` // with a time of day
	Padded    int64 `json:"padded"`    // whole numbers with zeros in front, which codes have and counts have not
	Blank     int64 `json:"blank"`     // nothing but spaces
}

// Looks counts the values that look like personal data by their form and, where there are some, by their check digits. Only the last two are looked for among integers.
type Looks struct {
	Email    int64 `json:"email"`
	Phone    int64 `json:"phone"` // with a sign that it is one: +, 00, brackets, or groups after a 0
	IBAN     int64 `json:"iban"`
	IP       int64 `json:"ip"`
	Card     int64 `json:"card"`     // 13 to 19 digits that pass Luhn's check
	National int64 `json:"national"` // numbers of persons: US, British, Spanish, Italian, French, German and Polish ones
}

// Shape is how texts are built: A stands for A to Z, a for a to z, 9 for a digit, L for another letter, N for another numeral, X for another character beyond ASCII, h and H for
// the digits and letters of a hexadecimal text of at least eight of both; other characters stand for themselves, and Z for a byte that is no text. Longer ones than 64 bytes are not listed.
type Shape struct {
	Form  string `json:"form"`
	Count int64  `json:"count"`
}

// Duplicates are the rows that equal an earlier one in every column; a null equals a null. Rows that come more often than one in 512 are counted one by one; many rows that come some hundred times
// each, and together are less than 7 % of all, may be missed.
type Duplicates struct {
	Rows   int64   `json:"rows"`
	Exact  bool    `json:"exact"`  // up to 2,048 different rows, but for a collision of 64-bit hashes
	StdErr float64 `json:"stderr"` // of Rows, one standard error; 0 where exact
}

// MissingPattern is a set of columns, of the first 512, that miss together, null or NaN, in Rows rows and no others miss there. No columns are the rows that miss nothing.
type MissingPattern struct {
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
}

// Matrix is how columns depend on each other two by two, in the drawn rows that have both, rounded to four places, which is finer than any sample says. Pearson's coefficients are
// those of validate.Correlator, over all rows.
type Matrix struct {
	Columns []string    `json:"columns"`
	Values  [][]float64 `json:"values"` // a row and a column for each of Columns, symmetric; NaN, in JSON null, for a pair with less than two rows, or of which one is constant or has more than 64 categories
}

// MarshalJSON returns an object with null in place of NaN.
func (m Matrix) MarshalJSON() ([]byte, error) {
	doc := matrixJSON{Columns: m.Columns, Values: make([][]*float64, len(m.Values))}
	for i, row := range m.Values {
		doc.Values[i] = make([]*float64, len(row))
		for j := range row {
			if !math.IsNaN(row[j]) {
				doc.Values[i][j] = &row[j]
			}
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	return out, nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Matrix) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var doc matrixJSON
	if err := dec.Decode(&doc); err != nil {
		return fmt.Errorf("survey: %w", err)
	}
	m.Columns, m.Values = doc.Columns, make([][]float64, len(doc.Values))
	for i, row := range doc.Values {
		m.Values[i] = make([]float64, len(row))
		for j := range row {
			if m.Values[i][j] = math.NaN(); row[j] != nil {
				m.Values[i][j] = *row[j]
			}
		}
	}
	return nil
}

type matrixJSON struct {
	Columns []string     `json:"columns"`
	Values  [][]*float64 `json:"values"`
}

// holds reports whether the matrix is one of coefficients.
func (m *Matrix) holds() bool {
	if len(m.Values) != len(m.Columns) {
		return false
	}
	for i, row := range m.Values {
		if len(row) != len(m.Columns) {
			return false
		}
		for j, x := range row[:i+1] {
			if y := m.Values[j][i]; math.Abs(x) > 1 || x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
				return false
			}
		}
	}
	return true
}

// Information is what a column says about the target, in the drawn rows that have both. Numbers are taken by their tenths, or by value where they have at most 20; a column of texts
// with more than 64 values in the sample is left out.
type Information struct {
	Column string  `json:"column"`
	Nats   float64 `json:"nats"`  // mutual information, less the (r-1)(c-1)/2n that columns of no information have on average (Miller 1955), at least 0
	Share  float64 `json:"share"` // of the entropy of the target, in [0, 1]
	Rows   int     `json:"rows"`
}

// Of reads src once and returns its survey. The bits depend on the rows, the schema and o alone, not on workers or on the reader's batches. Errors are those of src and of New.
func Of(ctx context.Context, src dataset.Source, o Options) (*Survey, error) {
	first, err := New(src.Schema(), o)
	if err != nil {
		return nil, err
	}
	s, err := dataset.Run(ctx, src, first.Fresh, dataset.RunOptions{Workers: o.Workers, Allocator: o.Allocator})
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	return s.Survey(), nil
}

// Parse reads the JSON of a Survey. It is strict: an unknown version or key, counts that contradict each other, a trailing value or more than 64 MiB is an error, a
// *dataset.FormatError or one that is dataset.ErrLimit.
func Parse(text []byte) (*Survey, error) {
	if len(text) > maxSurveyBytes {
		return nil, fmt.Errorf("survey: parse: %d bytes: %w", len(text), dataset.ErrLimit)
	}
	bad := func(want, got string) error {
		return fmt.Errorf("survey: parse: %w", &dataset.FormatError{Format: "survey", Want: want, Got: got})
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var s Survey
	if err := dec.Decode(&s); err != nil {
		return nil, bad("known keys of the right type", "otherwise")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, bad("one JSON object", "more behind it")
	}
	if s.Version != version {
		return nil, bad(fmt.Sprintf(`"tidewheel.survey": %d`, version), "another version or none")
	}
	if s.Rows < 0 || !counts(s.Rows, s.Duplicates.Rows) || s.MissingOther < 0 || s.MissingError < 0 || s.SampleRows < 0 || !(s.Duplicates.StdErr >= 0) {
		return nil, bad("counts within the number of rows", "otherwise")
	}
	if !s.Spearman.holds() || !s.CramersV.holds() {
		return nil, bad("symmetric matrices of coefficients", "otherwise")
	}
	for _, m := range s.Missing {
		if !counts(s.Rows, m.Rows) {
			return nil, bad("counts within the number of rows", "otherwise")
		}
	}
	for _, one := range s.Information {
		if !(one.Nats >= 0 && one.Share >= 0 && one.Share <= 1) || one.Rows < 0 {
			return nil, bad("information of at least 0, and shares within 1", "otherwise")
		}
	}
	for i := range s.Columns {
		if !s.Columns[i].holds(s.Rows) {
			return nil, bad("counts within the number of values", "otherwise")
		}
	}
	return &s, nil
}

func (c *Column) holds(rows int64) bool {
	ok := counts(rows, c.Values) && (!c.Personal || c.Votes == nil && c.Looks == nil && c.Order == nil && len(c.Shapes) == 0)
	if v := c.Votes; v != nil {
		ok = ok && counts(c.Values, v.Bool, v.Date, v.Timestamp, v.Blank) && counts(c.Values, v.Number) && counts(v.Number, v.Integer) && counts(c.Values, v.Padded)
	}
	if l := c.Looks; l != nil {
		for _, n := range []int64{l.Email, l.Phone, l.IBAN, l.IP, l.Card, l.National} {
			ok = ok && counts(c.Values, n)
		}
	}
	if o := c.Order; o != nil {
		ok = ok && counts(c.Values, o.Rises, o.Ties, o.Falls)
	}
	left := c.Values
	for _, s := range c.Shapes {
		ok = ok && counts(left, s.Count)
		left -= s.Count
	}
	return ok && counts(left, c.ShapesOther) && c.ShapesError >= 0
}

// counts reports whether parts are counts that sum to at most whole.
func counts(whole int64, parts ...int64) bool {
	for _, n := range parts {
		if n < 0 || n > whole {
			return false
		}
		whole -= n
	}
	return true
}
