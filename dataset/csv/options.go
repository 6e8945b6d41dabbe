package csv

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/textfile"
)

// Options says how delimited text is read. The zero value is ready to use.
type Options struct {
	Schema        *dataset.Schema         // columns wanted, found by name in the header, in any order; others are dropped; nil infers
	Types         map[string]dataset.Type // types of some columns where the schema is inferred; the others are inferred
	Encoding      Encoding                // how characters are written; the zero value is what a byte order mark says, else UTF-8
	Delimiter     byte                    // between cells; 0 is a tab for names that end in .tsv and .tab (and .gz or .zst behind it), else a comma
	Quote         byte                    // around cells that hold delimiters, line ends or itself, then doubled; 0 is "
	Comment       byte                    // lines that start with it are skipped; 0 is none
	DecimalComma  bool                    // the decimal point of numbers is a comma
	Thousands     byte                    // between groups of three digits in numbers, which may also do without it; 0 is nothing
	NoHeader      bool                    // the first line holds data: the Schema gives the columns in order; without one they are f0, f1 …
	Ragged        Ragged                  // what happens to records that have more or fewer cells than the header; the zero value refuses them
	NullTokens    []string                // cells that are null, case sensitive; nil is DefaultNullTokens, and so empty cells; an empty slice is none
	MaxFieldBytes int                     // longest cell; 0 is 16 MiB
	MaxColumns    int                     // most columns in a file; 0 is 10,000
	BatchRows     int                     // rows of a batch; 0 is dataset.ChunkRows
	InferBytes    int                     // types are those of the records that start in the first so many bytes of text; 0 is 256 MiB, below 0 all
	KeepBytes     int                     // most bytes of columns that inferring keeps for the first range; 0 is 256 MiB, below 0 none
	Workers       int                     // goroutines that parse; 0 is GOMAXPROCS, 1 starts none; the rows are the same for any
	Allocator     memory.Allocator        // for the batches; nil is Go's

	block int // bytes of text read at once, which changes nothing but the speed
}

// Ragged is what happens to records whose number of cells is not that of the header.
type Ragged uint8

// The policies.
const (
	RaggedRefuse Ragged = iota // an error with the line
	RaggedPad                  // a short record is filled up with nulls, a long one is an error
	RaggedSkip                 // both are left out
)

// WriteOptions says how Create writes. The zero value is ready to use.
type WriteOptions struct {
	Delimiter  byte     // between cells; 0 as in Options
	NoHeader   bool     // the first line holds data
	NullTokens []string // texts that a reader takes for null, which are quoted therefore; nil is DefaultNullTokens
}

// DefaultNullTokens returns the null tokens of both options' zero value: those that pandas and pyarrow share, and None. A question mark is not one of them.
func DefaultNullTokens() []string {
	return []string{
		"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
		"null",
	}
}

// check returns o with its defaults filled in.
func (o Options) check(path string) (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "csv.Options." + field, Value: value, Want: want})
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"MaxFieldBytes", &o.MaxFieldBytes, 16 << 20}, {"MaxColumns", &o.MaxColumns, 10_000}, {"BatchRows", &o.BatchRows, dataset.ChunkRows}} {
		if *n.value < 0 {
			bad(n.name, strconv.Itoa(*n.value), "0 or more")
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	delimiter, err := delimiterOf(path, o.Delimiter, "csv.Options.Delimiter")
	if err != nil {
		errs = append(errs, err)
	}
	o.Delimiter = delimiter
	o.signs(bad)
	if o.Encoding > EncodingLatin1 {
		bad("Encoding", strconv.Itoa(int(o.Encoding)), "a known encoding")
	}
	if o.Ragged > RaggedSkip {
		bad("Ragged", strconv.Itoa(int(o.Ragged)), "a known policy")
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers), "0 or more")
	} else if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.block == 0 {
		o.block = 256 << 10
	}
	if o.KeepBytes == 0 {
		o.KeepBytes = 256 << 20
	}
	if o.InferBytes == 0 {
		o.InferBytes = 256 << 20
	}
	if o.Schema != nil && len(o.Types) > 0 {
		bad("Types", "types beside a Schema", "one of the two")
	}
	if o.NullTokens == nil {
		o.NullTokens = DefaultNullTokens()
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}

// signs checks the characters that mean something against each other, and fills in the quote.
func (o *Options) signs(bad func(field, value, want string)) {
	if o.Quote == 0 {
		o.Quote = '"'
	}
	decimal := byte('.')
	if o.DecimalComma {
		decimal = ','
	}
	for _, c := range []struct {
		field string
		sign  byte
		clash string
	}{
		{"Quote", o.Quote, string([]byte{o.Delimiter, o.Comment, decimal, o.Thousands}) + "\n\r+-"},
		{"Comment", o.Comment, string([]byte{o.Delimiter, decimal}) + "\n\r+-"},
		{"Thousands", o.Thousands, string([]byte{decimal}) + "\n\r+-"},
	} {
		if c.sign != 0 && (strings.IndexByte(c.clash, c.sign) >= 0 || c.sign >= 0x80 || isAlphanumeric(c.sign)) {
			bad(c.field, fmt.Sprintf("%q", c.sign), "an ASCII character that means nothing else")
		}
	}
}

// check returns o with its defaults filled in.
func (o WriteOptions) check(path string) (WriteOptions, error) {
	var err error
	o.Delimiter, err = delimiterOf(path, o.Delimiter, "csv.WriteOptions.Delimiter")
	if o.NullTokens == nil {
		o.NullTokens = DefaultNullTokens()
	}
	return o, err
}

// delimiterOf returns d, or for 0 the delimiter that path's name asks for.
func delimiterOf(path string, d byte, field string) (byte, error) {
	ext := strings.ToLower(filepath.Ext(textfile.Name(path)))
	switch {
	case strings.IndexByte("\"\n\r+-.:", d) >= 0 || d >= 0x80 || isAlphanumeric(d):
		return d, &dataset.OptionError{Field: field, Value: fmt.Sprintf("%q", d), Want: "an ASCII character that is no quote, no line end and no part of a number"}
	case d != 0:
		return d, nil
	case ext == ".tsv" || ext == ".tab":
		return '\t', nil
	default:
		return ',', nil
	}
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// nullSet finds null tokens fast.
type nullSet struct {
	first   [256]bool
	empty   bool
	longest int
	set     map[string]bool
}

func newNullSet(tokens []string) *nullSet {
	n := &nullSet{set: make(map[string]bool, len(tokens))}
	for _, t := range tokens {
		n.set[t] = true
		n.longest = max(n.longest, len(t))
		if t == "" {
			n.empty = true
		} else {
			n.first[t[0]] = true
		}
	}
	return n
}

func (n *nullSet) has(cell []byte) bool {
	switch {
	case len(cell) == 0:
		return n.empty
	case len(cell) > n.longest || !n.first[cell[0]]:
		return false
	default:
		return n.set[string(cell)]
	}
}
