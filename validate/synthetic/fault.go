package synthetic

import (
	"github.com/tidewheel/tidewheel/validate"
)

// Fault names a way in which rows go wrong. What a Validator says to it stands behind each.
type Fault string

// The faults of single cells.
const (
	Null             Fault = "null"              // in a column that has none: null
	NotANumber       Fault = "not a number"      // NaN in a float column: non_finite, or nan_as_null where nulls are allowed
	PositiveInfinity Fault = "positive infinity" // in a float column: non_finite
	NegativeInfinity Fault = "negative infinity" // in a float column: non_finite
	TooSmall         Fault = "too small"         // a number below Min, a negative one where Min is 0: below_min
	TooLarge         Fault = "too large"         // a number above Max: above_max
	UnseenCategory   Fault = "unseen category"   // a word that is no category: one_of, or unseen_as_missing and unseen_as_other by the field's choice
	MisspeltCategory Fault = "misspelt category" // a category with a letter wrong: the same
	OffPattern       Fault = "off pattern"       // a text that the pattern does not match: pattern
	Unreadable       Fault = "unreadable text"   // a text that is no number, bool, date or time, in such a column: type
	Fraction         Fault = "fraction"          // in an integer column, or a decimal one with too many digits: fraction
	Overflow         Fault = "overflow"          // a number beyond the type: overflow
	UnitChange       Fault = "unit change"       // a number times 100, in a column of the profile that shows it: unit_scale
	SwappedColumns   Fault = "swapped columns"   // two numbers in each other's column, where the profile shows it: swapped_columns
)

// The faults of a whole column. The first four refuse, or are about, every row, and the others are accepted and counted in every row that has a value.
const (
	MissingColumn    Fault = "missing column"     // missing_column
	RenamedColumn    Fault = "renamed column"     // missing_column, and extra_column for the new name
	UnfitType        Fault = "unfit type"         // bytes in place of values, bools in place of bytes: column_type
	OtherUnit        Fault = "other unit"         // the data says another unit than the schema: unit
	ExtraColumn      Fault = "extra column"       // extra_column
	ReorderedColumns Fault = "reordered columns"  // all of them, in reverse: reordered_columns
	NumberAsText     Fault = "number as text"     // every number, bool, date or time is its text: text_as_number
	BoolAsNumber     Fault = "bool as 0 or 1"     // number_as_bool
	NumberAsBool     Fault = "number as a bool"   // true and false in a column of integers or floats whose bounds allow 0 and 1, and that the profile has not: bool_as_number
	TextAsNumber     Fault = "text as a number"   // integers in a column of texts without rules: number_as_text
	WholeAsFloat     Fault = "integer as a float" // float_as_integer
	DateAsTime       Fault = "date as a time"     // number_form_change
)

// CellFaults returns the faults of single cells, in the order above.
func CellFaults() []Fault {
	return []Fault{
		Null, NotANumber, PositiveInfinity, NegativeInfinity, TooSmall, TooLarge, UnseenCategory, MisspeltCategory, OffPattern, Unreadable, Fraction, Overflow, UnitChange,
		SwappedColumns,
	}
}

// ColumnFaults returns the faults of whole columns, in the order above.
func ColumnFaults() []Fault {
	return []Fault{
		MissingColumn, RenamedColumn, UnfitType, OtherUnit, ExtraColumn, ReorderedColumns, NumberAsText, BoolAsNumber, NumberAsBool, TextAsNumber, WholeAsFloat, DateAsTime,
	}
}

// AllRows is the row of what is planted in every one.
const AllRows = -1

// Planted is one fault in one place, with what a Validator of the rows' schema must say to it.
type Planted struct {
	Row      int64 // from 0, AllRows for a fault of a whole column
	Column   string
	Other    string // the second column of a swap
	Fault    Fault
	Rule     validate.Rule
	Severity validate.Severity
}

// carry says what a column has to be of, so that it can hold its faults.
type carry uint8

const (
	own   carry = iota
	wide        // int64 for shorter integers, float64 for float32
	float       // float64 for integers
	text        // utf8 for all
)

// recipe is a fault that a column can have in single cells.
type recipe struct {
	fault         Fault
	column, other int // other is the second column of a swap, else -1
	rule          validate.Rule
	severity      validate.Severity
	needs         carry
	unread        bool // the cell cannot become the schema's type, so that nothing is to say about its own
	spoil         func(d *draw, was cell) cell
}
