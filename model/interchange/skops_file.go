package interchange

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// Limits of a file.
const (
	maxSkopsEntries = 1 << 18
	maxSkopsDepth   = 1000 // of the JSON
	maxSkopsNesting = 16   // of pipelines and column transformers
	maxSkopsHeader  = 4096 // of an array
)

// skopsFile is the archive.
type skopsFile struct {
	entries map[string]*zip.File
	limit   int64 // of the unpacked bytes
	left    int64 // of them
	arrays  int64 // what is left for arrays behind schema.json
}

func openSkops(r io.ReaderAt, size, limit int64) (*skopsFile, error) {
	if limit < 0 {
		return nil, &model.OptionError{Field: skopsOptions + ".MaxBytes", Value: strconv.FormatInt(limit, 10), Want: "0 or more"}
	}
	if limit == 0 {
		limit = defaultMaxBytes
	}
	if size > limit {
		return nil, fmt.Errorf("over %d bytes: %w", limit, dataset.ErrLimit)
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: skopsFormat, Want: "a zip archive", Got: "none"}, err)
	}
	if len(archive.File) > maxSkopsEntries {
		return nil, fmt.Errorf("over %d entries: %w", maxSkopsEntries, dataset.ErrLimit)
	}
	f := &skopsFile{entries: make(map[string]*zip.File, len(archive.File)), limit: limit, left: limit}
	for _, e := range archive.File {
		if f.entries[e.Name] != nil {
			return nil, &dataset.FormatError{Format: skopsFormat, Want: "names of entries, each once", Got: "one twice"}
		}
		f.entries[e.Name] = e
	}
	return f, nil
}

// read returns an entry.
func (f *skopsFile) read(name string) ([]byte, error) {
	e := f.entries[name]
	if e == nil {
		return nil, &dataset.FormatError{Format: skopsFormat, Want: "the entry " + strconv.Quote(shorten(name)), Got: "none"}
	}
	if e.UncompressedSize64 > uint64(f.left) {
		return nil, fmt.Errorf("over %d bytes unpacked: %w", f.limit, dataset.ErrLimit)
	}
	f.left -= int64(e.UncompressedSize64)
	r, err := e.Open()
	if err == nil {
		defer func() { _ = r.Close() }()
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(r, int64(e.UncompressedSize64)+1)); err == nil && uint64(len(data)) == e.UncompressedSize64 {
			return data, nil
		}
	}
	bad := &dataset.FormatError{Format: skopsFormat, Want: "the entry " + strconv.Quote(shorten(name)) + " of its length and sum", Got: "another"}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bad, err)
	}
	return nil, bad
}

// schema returns the tree of typed nodes.
func (f *skopsFile) schema() (any, error) {
	text, err := f.read("schema.json")
	if err != nil {
		return nil, err
	}
	f.arrays = f.left
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '{' || c == '['):
			depth++
			deepest = max(deepest, depth)
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	if deepest > maxSkopsDepth {
		return nil, fmt.Errorf("schema.json: over %d levels: %w", maxSkopsDepth, dataset.ErrLimit)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: skopsFormat, Want: "schema.json: an object in JSON", Got: "another text"}, err)
	}
	version, _ := root["_skops_version"].(string)
	protocol, _ := root["protocol"].(float64)
	if protocol != 2 || !strings.HasPrefix(version, "0.16.") {
		return nil, &model.UnsupportedError{Format: skopsFormat, Feature: fmt.Sprintf("protocol %v of skops %s, want 2 of 0.16", protocol, strconv.Quote(shorten(version)))}
	}
	return root, nil
}

// skopsArray is an array of numbers (bools are 0 and 1), of texts, or of the nodes of a tree.
type skopsArray struct {
	shape   []int
	numbers []float64
	texts   []string
	missing []bool // of texts: None and NaN; nil for none
	whole   bool   // of integers
	bools   bool
	record  []byte // of the nodes of a tree
	nodes   string // the type of these
}

var skopsHeader = regexp.MustCompile(`^\{'descr': ('[<>=|][a-zA-Z]\d*'|\[[^\]]*\]), 'fortran_order': (True|False), 'shape': \((|\d+,|\d+(?:, \d+)+)\), \} *\n$`)

// The nodes of sklearn.tree and of histogram gradient boosting, and the bytes of one.
const (
	skopsNodeType = "[('left_child', '<i8'), ('right_child', '<i8'), ('feature', '<i8'), ('threshold', '<f8'), ('impurity', '<f8'), " +
		"('n_node_samples', '<i8'), ('weighted_n_node_samples', '<f8'), ('missing_go_to_left', '|u1'), ('', '|V7')]"
	skopsNodeSize = 64
	skopsHistType = "[('value', '<f8'), ('count', '<u4'), ('feature_idx', '<i8'), ('num_threshold', '<f8'), ('missing_go_to_left', '|u1'), ('left', '<u4'), " +
		"('right', '<u4'), ('gain', '<f8'), ('depth', '<u4'), ('is_leaf', '|u1'), ('bin_threshold', '|u1'), ('is_categorical', '|u1'), ('bitset_idx', '<u4')]"
	skopsHistSize = 56
)

// parseNPY reads an array in the form of numpy.save.
func parseNPY(data []byte) (*skopsArray, error) {
	bad := func(want string) error {
		return &dataset.FormatError{Format: skopsFormat, Want: "an array of numpy: " + want, Got: "another"}
	}
	if len(data) < 10 || string(data[:6]) != "\x93NUMPY" || data[6] != 1 || data[7] != 0 {
		return nil, bad("version 1.0")
	}
	start := 10 + int(binary.LittleEndian.Uint16(data[8:]))
	if start > len(data) || start > maxSkopsHeader {
		return nil, bad("a header")
	}
	header := skopsHeader.FindSubmatch(data[10:start])
	if header == nil {
		return nil, bad("a header as numpy writes it")
	}
	a, body := &skopsArray{shape: []int{}}, data[start:]
	n := 1
	for part := range strings.SplitSeq(string(header[3]), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		size, err := strconv.Atoi(part)
		if err != nil || size < 0 || (size > 0 && n > len(body)/size) || len(a.shape) == 3 {
			return nil, bad("at most three dimensions that fit its data")
		}
		n *= size
		a.shape = append(a.shape, size)
	}
	if err := a.fill(strings.Trim(string(header[1]), "'"), body, n); err != nil {
		return nil, err
	}
	if string(header[2]) == "True" {
		return a, a.transpose()
	}
	return a, nil
}

// fill reads n elements of a type.
func (a *skopsArray) fill(kind string, body []byte, n int) error {
	size, nodes := 0, true
	switch kind {
	case skopsNodeType:
		size = skopsNodeSize
	case skopsHistType:
		size = skopsHistSize
	default:
		nodes = false
	}
	if digits := strings.TrimLeft(kind, "<|fiubU"); !nodes && len(digits) > 0 && len(digits) < 8 {
		size, _ = strconv.Atoi(digits)
		if strings.HasPrefix(kind, "<U") {
			size *= 4
		}
	}
	number := numberOfNPY(kind)
	if size == 0 || (number == nil && !nodes && !strings.HasPrefix(kind, "<U")) {
		return &model.UnsupportedError{Format: skopsFormat, Feature: "arrays of type " + strconv.Quote(shorten(kind))}
	}
	if n > len(body)/size || len(body) != n*size {
		return &dataset.FormatError{Format: skopsFormat, Want: fmt.Sprintf("an array of numpy: %d elements of %d bytes", n, size), Got: fmt.Sprintf("%d bytes", len(body))}
	}
	switch {
	case nodes:
		a.record, a.nodes = body, kind
	case number == nil:
		return a.fillTexts(body, n, size)
	default:
		a.whole, a.bools = strings.ContainsAny(kind, "iu"), kind == "|b1"
		a.numbers = make([]float64, n)
		for i := range a.numbers {
			a.numbers[i] = number(body[i*size:])
			if a.whole && math.Abs(a.numbers[i]) > 1<<53 {
				return &model.UnsupportedError{Format: skopsFormat, Feature: "whole numbers beyond 2^53"}
			}
		}
	}
	return nil
}

// numberOfNPY returns what reads a number of a type, nil for a type that is none.
func numberOfNPY(kind string) func([]byte) float64 {
	le := binary.LittleEndian
	switch kind {
	case "<f8":
		return func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }
	case "<f4":
		return func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }
	case "<i8":
		return func(b []byte) float64 { return float64(int64(le.Uint64(b))) }
	case "<u4":
		return func(b []byte) float64 { return float64(le.Uint32(b)) }
	case "<i4":
		return func(b []byte) float64 { return float64(int32(le.Uint32(b))) }
	case "|b1":
		return func(b []byte) float64 { return float64(min(b[0], 1)) }
	default:
		return nil
	}
}

// fillTexts reads texts in UTF-32, padded with zeros.
func (a *skopsArray) fillTexts(body []byte, n, size int) error {
	a.texts = make([]string, n)
	var b []byte
	for i := range a.texts {
		b = b[:0]
		for e := body[i*size : (i+1)*size]; len(e) > 0; e = e[4:] {
			c := binary.LittleEndian.Uint32(e)
			if c > utf8.MaxRune || !utf8.ValidRune(rune(c)) {
				return &dataset.FormatError{Format: skopsFormat, Want: "an array of numpy: texts in UTF-32", Got: "another code"}
			}
			b = utf8.AppendRune(b, rune(c))
		}
		a.texts[i] = strings.TrimRight(string(b), "\x00")
	}
	return nil
}

// transpose puts a matrix that is stored column by column in the order of rows.
func (a *skopsArray) transpose() error {
	if len(a.shape) < 2 {
		return nil
	}
	if len(a.shape) > 2 || a.numbers == nil {
		return &model.UnsupportedError{Format: skopsFormat, Feature: "arrays in Fortran order but matrices of numbers"}
	}
	rows, columns := a.shape[0], a.shape[1]
	out := make([]float64, len(a.numbers))
	for i := range rows {
		for j := range columns {
			out[i*columns+j] = a.numbers[j*rows+i]
		}
	}
	a.numbers = out
	return nil
}
