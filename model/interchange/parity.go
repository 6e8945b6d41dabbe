package interchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// ParityKind is the kind of the attestation that carries a Parity beside a sealed bundle.
const ParityKind = "parity"

// Limits of a certificate.
const (
	maxParityBytes  = 1 << 20
	maxParityTexts  = 4096
	maxParityValues = 2 * maxClasses
	parityVersion   = 1
	manyULP         = 1 << 53 // the most that is counted: JSON readers hold it exactly
)

// Expected says in which column of the rows a score of the other tool stands.
type Expected struct {
	Output string `json:"output"` // model.PredictionColumn, model.ProbabilityColumn or model.RawColumn
	Index  int    `json:"index"`  // which of the probabilities, in class order, or of the raw scores; 0 for the prediction
	Column string `json:"column"` // the column of the rows; its null is NaN, and for a predicted class no answer
}

// Tolerance is how far a number may be from the other tool's. A number is within it when one of the three bounds holds. The zero value asks for equal numbers.
type Tolerance struct {
	ULP      uint64  `json:"ulp"`      // steps between neighbouring numbers
	Absolute float64 `json:"absolute"` // 0 or more
	Relative float64 `json:"relative"` // to the magnitude of the other tool's number; 0 or more
}

// ParityOptions says what CheckParity compares. Expected is required.
type ParityOptions struct {
	Tool      string     // what computed the expected scores, with its version: "lightgbm 4.7.0"; at most 4096 bytes
	Expected  []Expected // the columns with the scores
	Tolerance Tolerance  // of numbers; classes must be equal
	Float32   bool       // numbers are rounded to float32 before they are compared and counted, for tools that answer in it
}

// Difference is one score that differs.
type Difference struct {
	Row    int64  `json:"row"` // from 0, in the order of the source
	Output string `json:"output"`
	Index  int    `json:"index"`
	Want   string `json:"want"` // the other tool's number as the shortest decimal that reads back, or its class; "null" for none
	Got    string `json:"got"`
}

// Parity is a certificate: how the scores of a model compare with those that another tool gave for the same rows. It holds scores of at most two rows and no input.
//
// A NaN equals a NaN, and both zeros are equal. NaN or an infinity against another number is outside every tolerance; it counts as 2⁵³ steps and does not
// enter Absolute and Relative.
type Parity struct {
	Version   int         `json:"tidewheel.parity"`
	Tool      string      `json:"tool"`
	Plan      string      `json:"plan"` // "sha256:" and the digest of the scoring operations that were compared
	Rows      int64       `json:"rows"`
	Values    int64       `json:"values"`   // scores that were compared
	Unequal   int64       `json:"unequal"`  // scores that differ at all
	Outside   int64       `json:"outside"`  // scores that differ by more than the tolerance
	ULP       uint64      `json:"ulp"`      // the most steps between a score and the expected one, at most 2⁵³
	Absolute  float64     `json:"absolute"` // the largest absolute difference
	Relative  float64     `json:"relative"` // the largest difference relative to the expected number, where that is not 0
	Float32   bool        `json:"float32"`
	Tolerance Tolerance   `json:"tolerance"`
	Expected  []Expected  `json:"expected"`
	First     *Difference `json:"first,omitempty"`         // the first score that differs at all
	FirstOut  *Difference `json:"first_outside,omitempty"` // the first score outside the tolerance
	Pass      bool        `json:"pass"`                    // there are rows, and no score is outside the tolerance
}

// CheckParity scores the rows of src with m and compares the answers with the scores that src has for the same rows, such as those that a Python program wrote beside its
// inputs. src has the columns that m reads and those of o.Expected: numbers, or for a predicted class what the class is.
//
// A failed comparison is a certificate that does not Pass, not an error. It takes the time of one batch prediction; memory is that of a batch. Errors: *model.OptionError,
// *dataset.SchemaError for a column that is missing or of another type, and those of src and m.
func CheckParity(ctx context.Context, m *model.Planned, src dataset.Source, o ParityOptions) (*Parity, error) {
	p, err := checkParity(ctx, m, src, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: check parity: %w", err)
	}
	return p, nil
}

func checkParity(ctx context.Context, m *model.Planned, src dataset.Source, o ParityOptions) (*Parity, error) {
	if err := o.check(m); err != nil {
		return nil, err
	}
	text, err := m.Plan().Encode()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	p := &Parity{
		Version: parityVersion, Tool: o.Tool, Plan: "sha256:" + hex.EncodeToString(sum[:]), Float32: o.Float32, Tolerance: o.Tolerance,
		Expected: append([]Expected(nil), o.Expected...),
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		if err := p.observe(ctx, m, b); err != nil {
			return nil, err
		}
	}
	p.Pass = p.Rows > 0 && p.Outside == 0
	return p, nil
}

// check verifies the options.
func (o *ParityOptions) check(m *model.Planned) error {
	var bad []error
	refuse := func(field, value, want string) {
		bad = append(bad, &model.OptionError{Field: "interchange.ParityOptions." + field, Value: value, Want: want})
	}
	if len(o.Tool) > maxParityTexts {
		refuse("Tool", fmt.Sprintf("%d bytes", len(o.Tool)), fmt.Sprintf("at most %d", maxParityTexts))
	}
	if n := len(o.Expected); n == 0 || n > maxParityValues {
		refuse("Expected", fmt.Sprintf("%d columns", n), fmt.Sprintf("1 to %d", maxParityValues))
	}
	if !o.Tolerance.valid() {
		refuse("Tolerance", fmt.Sprintf("%g and %g", o.Tolerance.Absolute, o.Tolerance.Relative), "finite bounds, 0 or more")
	}
	counts := outputCounts(m)
	seen := make(map[Expected]bool, len(o.Expected))
	for _, e := range o.Expected {
		key := Expected{Output: e.Output, Index: e.Index}
		if e.Index < 0 || e.Index >= counts[e.Output] || seen[key] {
			refuse("Expected", fmt.Sprintf("%s %d", strconv.Quote(shorten(e.Output)), e.Index), fmt.Sprintf("an output of the model, once: 1 prediction, %d probabilities, %d raw scores",
				counts[model.ProbabilityColumn], counts[model.RawColumn]))
		}
		seen[key] = true
	}
	return errors.Join(bad...)
}

func (t Tolerance) valid() bool {
	return t.Absolute >= 0 && t.Relative >= 0 && !math.IsInf(t.Absolute, 0) && !math.IsInf(t.Relative, 0)
}

// outputCounts returns how many numbers m gives under each name.
func outputCounts(m *model.Planned) map[string]int {
	counts := make(map[string]int, 3)
	for _, out := range m.Plan().Outputs {
		counts[out.Name]++
	}
	return counts
}

// observe compares the scores of a batch.
func (p *Parity) observe(ctx context.Context, m *model.Planned, b dataset.Batch) error {
	out, err := m.Predict(ctx, b)
	if err != nil {
		return err
	}
	defer out.Release()
	n := b.NumRows()
	columns := make([]scores, len(p.Expected))
	for i, e := range p.Expected {
		if columns[i], err = newScores(e, m, b, out); err != nil {
			return err
		}
	}
	for r := range n {
		for i := range columns {
			p.compare(p.Rows+int64(r), &columns[i], r)
		}
	}
	p.Rows += int64(n)
	return nil
}

// compare compares one score.
func (p *Parity) compare(row int64, c *scores, r int) {
	p.Values++
	if c.wantText != nil {
		if want, got := c.wantText[r], c.gotText[r]; want != got {
			p.differ(row, c, want, got, true)
		}
		return
	}
	want, got := c.want[r], c.got[r]
	if p.Float32 {
		want, got = float64(float32(want)), float64(float32(got))
	}
	if want == got || (math.IsNaN(want) && math.IsNaN(got)) {
		return
	}
	outside := true
	if math.IsNaN(want-got) || math.IsInf(want-got, 0) {
		p.ULP = manyULP
	} else {
		steps, away := ulps(want, got, p.Float32), math.Abs(want-got)
		p.ULP, p.Absolute = max(p.ULP, steps), max(p.Absolute, away)
		if q := away / math.Abs(want); want != 0 && !math.IsInf(q, 0) {
			p.Relative = max(p.Relative, q)
		}
		t := p.Tolerance
		outside = steps > t.ULP && away > t.Absolute && away > t.Relative*math.Abs(want)
	}
	p.differ(row, c, strconv.FormatFloat(want, 'g', -1, 64), strconv.FormatFloat(got, 'g', -1, 64), outside)
}

// differ counts a score that differs.
func (p *Parity) differ(row int64, c *scores, want, got string, outside bool) {
	d := &Difference{Row: row, Output: c.output, Index: c.index, Want: shorten(want), Got: shorten(got)}
	p.Unequal++
	if p.First == nil {
		p.First = d
	}
	if outside {
		p.Outside++
		if p.FirstOut == nil {
			p.FirstOut = d
		}
	}
}

// ulps returns the number of steps between two finite numbers, at most manyULP.
func ulps(a, b float64, single bool) uint64 {
	x, y := place64(a), place64(b)
	if single {
		x, y = place32(float32(a)), place32(float32(b))
	}
	if x < y {
		x, y = y, x
	}
	return min(uint64(x)-uint64(y), manyULP)
}

// place64 numbers the finite numbers in their order, 0 for both zeros.
func place64(x float64) int64 {
	bits := int64(math.Float64bits(x))
	if bits < 0 {
		return -(bits & math.MaxInt64)
	}
	return bits
}

func place32(x float32) int64 {
	bits := int32(math.Float32bits(x))
	if bits < 0 {
		return -int64(bits & math.MaxInt32)
	}
	return int64(bits)
}

// Encode returns the canonical JSON form: the body of an attestation.
func (p *Parity) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("interchange: encode parity: %w", err)
	}
	if b.Len() > maxParityBytes {
		return nil, fmt.Errorf("interchange: encode parity: over %d bytes: %w", maxParityBytes, dataset.ErrLimit)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// DecodeParity reads what Encode wrote. It is strict: an unknown version or key, or counts that contradict each other, is a *dataset.FormatError, over 1 MiB is
// dataset.ErrLimit. That a certificate decodes says nothing of who made it.
func DecodeParity(text []byte) (*Parity, error) {
	if len(text) > maxParityBytes {
		return nil, fmt.Errorf("interchange: decode parity: over %d bytes: %w", maxParityBytes, dataset.ErrLimit)
	}
	bad := func(want, got string) (*Parity, error) {
		return nil, fmt.Errorf("interchange: decode parity: %w", &dataset.FormatError{Format: "parity", Want: want, Got: got})
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var p Parity
	if err := dec.Decode(&p); err != nil {
		return bad("a certificate in JSON", "another text")
	}
	if _, err := dec.Token(); err != io.EOF {
		return bad("the end behind the certificate", "more")
	}
	if p.Version != parityVersion {
		return bad(fmt.Sprintf("version %d", parityVersion), strconv.Itoa(p.Version))
	}
	if !p.consistent() {
		return bad("counts that fit each other", "others")
	}
	return &p, nil
}

// consistent reports whether the numbers of a certificate can belong together.
func (p *Parity) consistent() bool {
	n := len(p.Expected)
	ok := n > 0 && n <= maxParityValues && len(p.Tool) <= maxParityTexts && p.Rows >= 0 && p.Rows <= math.MaxInt64/int64(n) && p.Values == p.Rows*int64(n)
	ok = ok && p.Outside >= 0 && p.Unequal >= p.Outside && p.Values >= p.Unequal && p.ULP <= manyULP && p.Absolute >= 0 && p.Relative >= 0
	ok = ok && p.Tolerance.valid() && (p.First != nil) == (p.Unequal > 0) && (p.FirstOut != nil) == (p.Outside > 0)
	return ok && p.Pass == (p.Rows > 0 && p.Outside == 0)
}
