package interchange_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// The field numbers are those of onnx.proto of ONNX 1.23.

func pbInt(n int, v int64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(n)<<3), uint64(v))
}

func pbBytes(n int, parts ...[]byte) []byte {
	b := bytes.Join(parts, nil)
	return append(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(n)<<3|2), uint64(len(b))), b...)
}

func pbText(n int, s string) []byte { return pbBytes(n, []byte(s)) }

// pbInput is an input or output of a data type; a dimension of -1 is open.
func pbInput(n int, name string, kind int64, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = append(shape, pbBytes(1, pbText(2, "N"))...)
			continue
		}
		shape = append(shape, pbBytes(1, pbInt(1, d))...)
	}
	return pbBytes(n, pbText(1, name), pbBytes(2, pbBytes(1, pbInt(1, kind), pbBytes(2, shape))))
}

// pbNode is a node: its inputs and outputs are words.
func pbNode(domain, op, in, out string, attributes ...[]byte) []byte {
	var b []byte
	for s := range strings.FieldsSeq(in) {
		b = append(b, pbText(1, s)...)
	}
	for s := range strings.FieldsSeq(out) {
		b = append(b, pbText(2, s)...)
	}
	b = append(append(b, pbText(4, op)...), pbText(7, domain)...)
	return pbBytes(1, append(b, bytes.Join(attributes, nil)...))
}

func pbInts(name string, v ...int64) []byte {
	b := append(pbText(1, name), pbInt(20, 7)...)
	for _, x := range v {
		b = append(b, pbInt(8, x)...)
	}
	return pbBytes(5, b)
}

func pbFloats(name string, v ...float32) []byte {
	var packed []byte
	for _, x := range v {
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(x))
	}
	return pbBytes(5, pbText(1, name), pbInt(20, 6), pbBytes(7, packed))
}

func pbTexts(name string, v ...string) []byte {
	b := append(pbText(1, name), pbInt(20, 8)...)
	for _, x := range v {
		b = append(b, pbText(9, x)...)
	}
	return pbBytes(5, b)
}

func pbAttribute(name string, v int64) []byte {
	return pbBytes(5, pbText(1, name), pbInt(20, 2), pbInt(3, v))
}

// pbTensor is an initializer of int64.
func pbTensor(name string, dims, values []int64, more ...[]byte) []byte {
	b := append(pbText(8, name), pbInt(2, 7)...)
	for _, d := range dims {
		b = append(b, pbInt(1, d)...)
	}
	for _, v := range values {
		b = append(b, pbInt(7, v)...)
	}
	return pbBytes(5, append(b, bytes.Join(more, nil)...))
}

// pbModel is a model of ai.onnx 18 and ai.onnx.ml 3 with an input X of 2 floats and an output Y.
func pbModel(parts ...[]byte) []byte {
	return pbModelOf(18, append([][]byte{pbInput(11, "X", 1, -1, 2), pbInput(12, "Y", 1, -1, 1)}, parts...)...)
}

func pbModelOf(opset int64, parts ...[]byte) []byte {
	return bytes.Join([][]byte{pbInt(1, 8), pbBytes(8, pbText(1, ""), pbInt(2, opset)), pbBytes(8, pbText(1, "ai.onnx.ml"), pbInt(2, 3)), pbBytes(7, parts...)}, nil)
}

func importONNX(data []byte) error {
	_, err := interchange.ONNX(bytes.NewReader(data), interchange.ONNXOptions{})
	return err
}

// pbTree is a regressor of one tree with these node attributes in the place of the usual ones.
func pbTree(attributes ...[]byte) []byte {
	names := map[string]bool{}
	for _, a := range attributes {
		names[attributeName(a)] = true
	}
	for _, a := range [][]byte{
		pbInts("nodes_treeids", 0, 0, 0), pbInts("nodes_nodeids", 0, 1, 2), pbInts("nodes_featureids", 0, 0, 0), pbInts("nodes_truenodeids", 1, 0, 0), pbInts("nodes_falsenodeids", 2, 0, 0),
		pbTexts("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF"), pbFloats("nodes_values", 0.5, 0, 0), pbInts("target_treeids", 0, 0), pbInts("target_nodeids", 1, 2),
		pbInts("target_ids", 0, 0), pbFloats("target_weights", 1, 2),
	} {
		if !names[attributeName(a)] {
			attributes = append(attributes, a)
		}
	}
	return pbModel(pbNode("ai.onnx.ml", "TreeEnsembleRegressor", "X", "Y", attributes...))
}

// attributeName reads the name at the head of a short attribute.
func attributeName(a []byte) string {
	_, n := binary.Uvarint(a[1:])
	body := a[1+n:]
	return string(body[2 : 2+body[1]])
}

// Every operator, type, version and shape that is not supported is named.
func TestWhatONNXGraphsHoldAndIsNotSupportedIsRefusedByName(t *testing.T) {
	relu := pbNode("", "Relu", "X", "Y")
	x := pbInput(11, "X", 1, -1, 2)
	y := pbInput(12, "Y", 1, -1, 1)
	for feature, data := range map[string][]byte{
		"ai.onnx.NonZero-18":                    pbModel(pbNode("", "NonZero", "X", "Y")),
		"ai.onnx.Loop-18":                       pbModel(pbNode("", "Loop", "X X X", "Y")),
		"ai.onnx.ml.DictVectorizer-3":           pbModel(pbNode("ai.onnx.ml", "DictVectorizer", "X", "Y")),
		"ai.onnx.ml.CastMap-3":                  pbModel(pbNode("ai.onnx.ml", "CastMap", "X", "Y")),
		"ai.onnx.ml.TreeEnsemble-3":             pbModel(pbNode("ai.onnx.ml", "TreeEnsemble", "X", "Y")),
		"ai.onnx.StringNormalizer-18":           pbModel(pbNode("", "StringNormalizer", "X", "Y")),
		"operator com.example.Secret-0":         pbModel(pbNode("com.example", "Secret", "X", "Y")),
		`attribute "colour"`:                    pbModel(pbNode("", "Relu", "X", "Y", pbAttribute("colour", 1))),
		"version 0 of operator set":             pbModelOf(0, x, y, relu),
		"version 99 of operator set":            pbModelOf(99, x, y, relu),
		"a computation across rows":             pbModel(pbTensor("axis", []int64{1}, []int64{0}), pbNode("", "ReduceSum", "X axis", "Y")),
		"some of the rows":                      pbModel(pbTensor("i", []int64{1}, []int64{0}), pbNode("", "Gather", "X i", "Y")),
		"a fixed number of rows":                pbModelOf(18, pbInput(11, "X", 1, 1, 2), y, relu),
		"a computation with the number of rows": pbModel(pbNode("", "Shape", "X", "s"), pbNode("", "Add", "s s", "t"), pbNode("", "Reshape", "X t", "Y")),
		"data type 10":                          pbModelOf(18, pbInput(11, "X", 10, -1, 2), y, relu),
		"external data":                         pbModel(pbTensor("w", []int64{1}, nil, pbInt(14, 1)), pbNode("", "Relu", "w", "z"), relu),
		"inputs of type string":                 pbModelOf(18, pbInput(11, "X", 8, -1, 2), y, relu),
		"a model without inputs":                pbModelOf(18, y, relu),
		"want a number, or a class":             pbModel(relu),
		"IR version 99":                         append(pbInt(1, 99), pbModel(relu)...),
		"functions of the model's own":          append(pbBytes(25, pbText(1, "f")), pbModel(relu)...),
		"sparse initializers":                   pbModel(pbBytes(15, pbText(1, "w")), relu),
		"training information":                  append(pbBytes(20, pbText(1, "f")), pbModel(relu)...),
		`node mode "BRANCH_ODD"`:                pbTree(pbTexts("nodes_modes", "BRANCH_ODD", "LEAF", "LEAF")),
		"a threshold that is not finite":        pbTree(pbFloats("nodes_values", float32(math.NaN()), 0, 0)),
		"several weights of a leaf":             pbTree(pbInts("target_nodeids", 1, 1)),
		"nested more than":                      pbModel(pbNested(9)),
	} {
		var bad *model.UnsupportedError
		if err := importONNX(data); !errors.As(err, &bad) || !errors.Is(err, model.ErrUnsupported) || !strings.Contains(err.Error(), feature) {
			t.Errorf("%s: want it refused by name, got %v", feature, err)
		}
	}
}

// pbNested is a node with graphs in graphs.
func pbNested(depth int) []byte {
	var inner []byte
	for range depth {
		inner = pbNode("", "If", "X", "Y", pbBytes(5, pbText(1, "then_branch"), pbInt(20, 5), pbBytes(6, inner)))
	}
	return inner
}

// A file that is not what it says is a FormatError.
func TestDamagedONNXFilesAreErrors(t *testing.T) {
	relu := pbNode("", "Relu", "X", "Z")
	whole := read(t, "testdata/onnx/logistic.onnx")
	cases := map[string][]byte{
		"nothing":                nil,
		"text":                   []byte("tree\nversion=v4\n"),
		"no graph":               pbInt(1, 8),
		"a wire type of groups":  {0x0b, 0x0c},
		"a long varint":          bytes.Repeat([]byte{0xff}, 20),
		"a length beyond":        {0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"two of one name":        pbModel(relu, relu),
		"a cycle":                pbModel(pbNode("", "Relu", "b", "a"), pbNode("", "Relu", "a", "b"), pbNode("", "Add", "a b", "Y")),
		"an input that is not":   pbModel(pbNode("", "Relu", "Q", "Y")),
		"an output that is not":  pbModel(relu),
		"two inputs of one name": pbModelOf(18, pbInput(11, "X", 1, -1, 1), pbInput(11, "X", 1, -1, 1), pbInput(12, "Z", 1, -1, 1), relu),
		"no inputs of a node":    pbModel(pbNode("", "Relu", "", "Y")),
		"negative dimensions":    pbModel(pbTensor("w", []int64{-4}, nil), relu),
		"too few values":         pbModel(pbTensor("w", []int64{4}, []int64{1}), relu),
		"a kind of attribute":    pbModel(pbNode("", "Concat", "X", "Y", pbFloats("axis", 1))),
		"an axis beyond":         pbModel(pbNode("", "Concat", "X", "Y", pbAttribute("axis", 7))),
		"a node that is its own": pbTree(pbInts("nodes_truenodeids", 0, 0, 0)),
		"a node of two parents":  pbTree(pbInts("nodes_falsenodeids", 1, 0, 0)),
		"a child that is not":    pbTree(pbInts("nodes_falsenodeids", 9, 0, 0)),
		"a feature beyond":       pbTree(pbInts("nodes_featureids", 5, 0, 0)),
		"a negative feature":     pbTree(pbInts("nodes_featureids", -1, 0, 0)),
		"lists of two lengths":   pbTree(pbInts("nodes_featureids", 0, 0)),
		"a target beyond":        pbTree(pbInts("target_ids", 0, 3)),
		"a weight at a branch":   pbTree(pbInts("target_nodeids", 0, 2)),
		"coefficients":           pbModel(pbNode("ai.onnx.ml", "LinearRegressor", "X", "Y", pbFloats("coefficients", 1, 2, 3))),
		"bytes that are no text": pbModel(pbBytes(1, pbText(1, "X"), pbText(2, "Y"), pbText(4, "Relu"), pbBytes(3, []byte{0xff, 0xfe}))),
	}
	for _, n := range []int{1, 10, 100, len(whole) / 2, len(whole) - 1} {
		cases["cut off at "+strings.Repeat("i", n%7)] = whole[:n]
	}
	for name, data := range cases {
		if err := importONNX(data); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: want ErrFormat, got %v", name, err)
		}
	}
}

// A small file that asks for much is over a limit, or refused, before it is given.
func TestONNXGraphsThatGrowAreHeldToTheFile(t *testing.T) {
	big := int64(1) << 40
	tiles := [][]byte{pbTensor("r", []int64{2}, []int64{1, 64})}
	names := []string{"X", "a", "b", "c", "d", "e", "f", "g"}
	for i := range len(names) - 1 {
		tiles = append(tiles, pbNode("", "Tile", names[i]+" r", names[i+1]))
	}
	tiles = append(tiles, pbNode("", "Relu", "g", "Y"))
	for name, data := range map[string][]byte{
		"tiles":           pbModel(tiles...),
		"a huge tensor":   pbModel(pbTensor("w", []int64{1 << 20, 1 << 20}, nil), pbNode("", "Relu", "X", "Y")),
		"a huge expand":   pbModel(pbTensor("s", []int64{2}, []int64{1, big}), pbNode("", "Expand", "X s", "Y")),
		"a huge constant": pbModel(pbTensor("s", []int64{2}, []int64{1 << 14, 1 << 14}), pbNode("", "ConstantOfShape", "s", "w"), pbNode("", "MatMul", "X w", "Y")),
		"a sum of sums": pbModel(pbTensor("s", []int64{2}, []int64{1, 1 << 16}), pbTensor("one", []int64{1}, []int64{1}), pbTensor("i", []int64{1}, []int64{0}),
			pbNode("", "Gather", "X i", "x", pbAttribute("axis", 1)), pbNode("", "Expand", "x s", "w"), pbNode("", "CumSum", "w one", "Y")),
		"many columns": pbModelOf(18, pbInput(11, "X", 1, -1, 90_000), pbInput(12, "Y", 1, -1, 1), pbNode("", "Relu", "X", "Y")),
	} {
		var err error
		if over := alloc.Bound(32<<20, func() { err = importONNX(data) }); over != nil || !(errors.Is(err, dataset.ErrLimit) || errors.Is(err, dataset.ErrFormat)) {
			t.Errorf("%s: want ErrLimit, got %v (%v)", name, err, over)
		}
	}
	_, err := interchange.ONNX(bytes.NewReader(pbModel()), interchange.ONNXOptions{MaxBytes: 10})
	if !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("MaxBytes: want ErrLimit, got %v", err)
	}
}

// FuzzONNX checks that no file makes the reader or the scoring of what it accepted panic or run on.
func FuzzONNX(f *testing.F) {
	files, err := filepath.Glob("testdata/onnx/*.onnx")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Add(pbTree())
	f.Fuzz(func(t *testing.T, data []byte) {
		var m *model.Planned
		var err error
		if over := alloc.Bound(64<<20+2000*len(data), func() {
			m, err = interchange.ONNX(bytes.NewReader(data), interchange.ONNXOptions{MaxBytes: 1 << 20})
		}); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			if !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrLimit) && !errors.Is(err, model.ErrUnsupported) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		sealsAndScores(t, m)
	})
}
