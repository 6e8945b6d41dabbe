package interchange

import (
	"fmt"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// xkind is what a value of a document is.
type xkind uint8

const (
	xnull xkind = iota
	xobject
	xlist    // of what is not a number
	xnumbers // an array of numbers or truths, 1 and 0; an empty array is one too
	xtext
	xnumber
)

func (k xkind) String() string {
	return [...]string{"null", "an object", "a list", "a list of numbers", "a text", "a number"}[k]
}

// xvalue is a value of a document: the form that the JSON and the UBJ decoder share.
type xvalue struct {
	kind    xkind
	fields  map[string]*xvalue
	list    []*xvalue
	numbers []float64 // those of the file with a fraction or an exponent are float32 numbers
	text    string
	number  float64
}

// newObject returns an empty object, one without fields where they are only read past.
func newObject(keep bool) *xvalue {
	v := &xvalue{kind: xobject}
	if keep {
		v.fields = make(map[string]*xvalue)
	}
	return v
}

// maxDepth bounds the nesting of a document; a model needs 9.
const maxDepth = 32

// skipped names the fields that no score depends on: their arrays are read past and not kept.
func skipped(key string) bool {
	switch key {
	case "base_weights", "loss_changes", "parents", "leaf_child_counts", "sorted_idx":
		return true
	default:
		return false
	}
}

// xnode is a value with the way to it, for errors.
type xnode struct {
	*xvalue
	path string
}

func (n xnode) bad(want, got string) error {
	return &dataset.FormatError{Format: xgBoost, Column: n.path, Want: want, Got: got}
}

// find returns a field of an object and whether it is there.
func (n xnode) find(key string) (xnode, bool) {
	path := key
	if n.path != "" {
		path = n.path + "." + key
	}
	v, ok := n.fields[key]
	if !ok {
		v = &xvalue{}
	}
	return xnode{v, path}, ok
}

// get returns a field of an object that must be there and of a kind.
func (n xnode) get(key string, kind xkind) (xnode, error) {
	v, ok := n.find(key)
	if !ok {
		return v, v.bad(kind.String(), "none")
	}
	return v, v.is(kind)
}

func (n xnode) is(kind xkind) error {
	if n.kind != kind && (kind != xlist || n.kind != xnumbers || len(n.numbers) > 0) { // an empty list may be either
		return n.bad(kind.String(), n.kind.String())
	}
	return nil
}

// only refuses by name what is in an object and not among the keys.
func (n xnode) only(keys ...string) error {
	unknown := ""
	for k := range n.fields {
		known := false
		for _, key := range keys {
			known = known || k == key
		}
		if !known && (unknown == "" || k < unknown) {
			unknown = k
		}
	}
	if unknown == "" {
		return nil
	}
	return &model.UnsupportedError{Format: xgBoost, Feature: fmt.Sprintf("key %q in %s", shorten(unknown), n.path)}
}

// string returns a text field.
func (n xnode) string(key string) (string, error) {
	v, err := n.get(key, xtext)
	return v.text, err
}

// integer returns a field that is an integer between bounds, as a number or, as XGBoost writes its parameters, as a text. absent is its value where there is none.
func (n xnode) integer(key string, low, high, absent int) (int, error) {
	v, ok := n.find(key)
	if !ok {
		return absent, nil
	}
	x := v.number
	if v.kind == xtext {
		i, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			return 0, v.bad("an integer", "another text")
		}
		x = float64(i)
	} else if v.kind != xnumber {
		return 0, v.bad("an integer", v.kind.String())
	}
	if x != math.Trunc(x) || x < float64(low) || x > float64(high) {
		return 0, v.bad(fmt.Sprintf("an integer from %d to %d", low, high), "another number")
	}
	return int(x), nil
}

// integers returns a field that is a list of n integers between bounds, of any length for n < 0. What it returns belongs to the document.
func (n xnode) integers(key string, count int, low, high float64) ([]float64, error) {
	v, err := n.get(key, xnumbers)
	if err != nil {
		return nil, err
	}
	if count >= 0 && len(v.numbers) != count {
		return nil, v.bad(fmt.Sprintf("%d numbers", count), strconv.Itoa(len(v.numbers)))
	}
	for _, x := range v.numbers {
		if x != math.Trunc(x) || x < low || x > high { // NaN is not its own integer part
			return nil, v.bad(fmt.Sprintf("integers from %.0f to %.0f", low, high), "another number")
		}
	}
	return v.numbers, nil
}

// floats returns a field that is a list of n numbers, rounded to float32.
func (n xnode) floats(key string, count int) ([]float64, error) {
	v, err := n.get(key, xnumbers)
	if err != nil {
		return nil, err
	}
	if len(v.numbers) != count {
		return nil, v.bad(fmt.Sprintf("%d numbers", count), strconv.Itoa(len(v.numbers)))
	}
	for i, x := range v.numbers {
		v.numbers[i] = float64(float32(x))
	}
	return v.numbers, nil
}

// texts returns a field that is a list of texts, nil where there is none.
func (n xnode) texts(key string) ([]string, error) {
	v, ok := n.find(key)
	if !ok || v.kind == xnull {
		return nil, nil
	}
	if err := v.is(xlist); err != nil {
		return nil, err
	}
	out := make([]string, len(v.list))
	for i, e := range v.list {
		if e.kind != xtext {
			return nil, v.bad("texts", e.kind.String())
		}
		out[i] = e.text
	}
	return out, nil
}
