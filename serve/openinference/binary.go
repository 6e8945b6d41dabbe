package openinference

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// lengthHeader says how many bytes of a body are JSON; binary data follow, little-endian, a text behind its length in 4 bytes. It is the protocol's binary tensor
// data extension.
const lengthHeader = "Inference-Header-Content-Length"

// split returns the JSON and the binary part of a body.
func split(r *http.Request, body string) (text, data string, err error) {
	header := r.Header.Get(lengthHeader)
	if header == "" {
		return body, "", nil
	}
	n, err := strconv.Atoi(header)
	if err != nil || n < 0 || n > len(body) {
		return "", "", bad("%s: want a number of bytes within the body", lengthHeader)
	}
	return body[:n], body[n:], nil
}

// width returns the bytes of an element, 0 for a text.
func width(datatype string) int {
	switch datatype {
	case "BOOL", "INT8", "UINT8":
		return 1
	case "INT16", "UINT16", "FP16":
		return 2
	case "INT32", "UINT32", "FP32":
		return 4
	case "INT64", "UINT64", "FP64":
		return 8
	default:
		return 0
	}
}

// elements calls element until the binary data are used up; element takes what it reads.
func (t *tensor) elements(element func() error) error {
	for t.binary != "" {
		if err := element(); err != nil {
			return err
		}
	}
	return nil
}

// take returns the next n bytes as a little-endian number.
func (t *tensor) take(n int) (uint64, error) {
	if n > len(t.binary) {
		return 0, errElements
	}
	var b [8]byte
	copy(b[:], t.binary[:n])
	t.binary = t.binary[n:]
	return binary.LittleEndian.Uint64(b[:]), nil
}

// binaryElement is element for binary data.
func (t *tensor) binaryElement(f *dataset.Field, maxText int) (dataset.Value, validate.Verdict, error) {
	n := width(t.datatype)
	if n == 0 {
		return t.binaryText(f, maxText)
	}
	bits, err := t.take(n)
	if err != nil {
		return dataset.Value{}, validate.Verdict{}, err
	}
	var v dataset.Value
	var verdict validate.Verdict
	switch signed := int64(bits<<(64-8*n)) >> (64 - 8*n); t.datatype {
	case "BOOL":
		v, verdict = validate.BoolCell(*f, bits != 0)
	case "INT8", "INT16", "INT32", "INT64":
		v, verdict = wire.NumberCell(f, strconv.FormatInt(signed, 10))
	case "UINT8", "UINT16", "UINT32", "UINT64":
		v, verdict = wire.NumberCell(f, strconv.FormatUint(bits, 10))
	case "FP16":
		v, verdict = floatCell(f, half(uint16(bits)))
	case "FP32":
		v, verdict = floatCell(f, float64(math.Float32frombits(uint32(bits))))
	default:
		v, verdict = floatCell(f, math.Float64frombits(bits))
	}
	return v, verdict, nil
}

// floatCell reads a float as a value of f; one that a float32 column cannot hold is rounded as its text would be.
func floatCell(f *dataset.Field, x float64) (dataset.Value, validate.Verdict) {
	if f.Type == dataset.Float32 && float64(float32(x)) != x && !math.IsNaN(x) {
		return wire.NumberCell(f, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return validate.NumberCell(*f, x)
}

func (t *tensor) binaryText(f *dataset.Field, maxText int) (dataset.Value, validate.Verdict, error) {
	n, err := t.take(4)
	if err != nil || n > uint64(len(t.binary)) {
		return dataset.Value{}, validate.Verdict{}, errElements
	}
	if n > uint64(maxText) {
		return dataset.Value{}, validate.Verdict{}, fmt.Errorf("binary data: want at most %d bytes of a text: %w", maxText, dataset.ErrLimit)
	}
	text := t.binary[:n]
	t.binary = t.binary[n:]
	if !utf8.ValidString(text) {
		return dataset.Value{}, validate.Verdict{}, bad("binary data: want texts in UTF-8")
	}
	v, verdict := wire.TextCell(f, text)
	return v, verdict, nil
}

// half widens a number of IEEE 754 binary16.
func half(bits uint16) float64 {
	sign := 1 - 2*float64(bits>>15)
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	default:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	}
}

// appendBinary appends one row of an output in binary form.
func (v *view) appendBinary(b []byte, output string, p *serve.Prediction) []byte {
	if output == model.ProbabilityColumn {
		probability := p.Probability
		if v.classes == 2 {
			probability = probability[1:]
		}
		for _, x := range probability {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
		return b
	}
	switch datatype := v.datatype(output); datatype {
	case "BYTES":
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Value.Text)))
		return append(b, p.Value.Text...)
	case "BOOL":
		return append(b, byte(p.Value.Number))
	case "FP64":
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Value.Number))
	case "FP32":
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(p.Value.Number)))
	default:
		var whole [8]byte
		binary.LittleEndian.PutUint64(whole[:], uint64(int64(p.Value.Number)))
		return append(b, whole[:width(datatype)]...)
	}
}
