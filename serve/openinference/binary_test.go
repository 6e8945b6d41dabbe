package openinference_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/serve/openinference"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

const lengthHeader = "Inference-Header-Content-Length"

// send posts JSON with binary data behind it; length is that of the JSON, 0 for a body without the header.
func send(t testing.TB, h http.Handler, name string, length int, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v2/models/"+name+"/infer", bytes.NewReader(body))
	if length > 0 {
		r.Header.Set(lengthHeader, strconv.Itoa(length))
		r.Header.Set("Content-Type", "application/octet-stream")
	}
	h.ServeHTTP(w, r)
	return w
}

// TestBodiesOfTritonclient sends what testdata/gen/triton.py wrote with the real client, version 2.73.0.
func TestBodiesOfTritonclient(t *testing.T) {
	h, a := payments(t, openinference.Options{})
	scorer, err := serve.New[validatetest.Payment](a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := []validatetest.Payment{validatetest.ValidPayment(), {Amount: 17.25, Limit: 2500, Age: 18, Country: "FR", Channel: "app"}}
	for _, name := range []string{"triton-json", "triton-json-default", "triton-binary", "triton-binary-default"} {
		file, err := os.ReadFile(filepath.Join("testdata", name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		head, body, _ := bytes.Cut(file, []byte("\n"))
		length := must(strconv.Atoi(string(head)))
		w := send(t, h, "payments", length, body)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		// Without wanted outputs the client asks for binary ones even where it sends JSON.
		got := w.Body.Bytes()
		var probability []float64
		if name == "triton-json" {
			var r response
			if err := json.Unmarshal(got, &r); err != nil {
				t.Fatal(err)
			}
			for _, v := range r.Outputs[1].Data {
				probability = append(probability, v.(float64))
			}
		} else {
			n := must(strconv.Atoi(w.Header().Get(lengthHeader)))
			want := `"outputs":[{"name":"prediction","datatype":"BOOL","shape":[2],"parameters":{"binary_data_size":2}},` +
				`{"name":"probability","datatype":"FP64","shape":[2],"parameters":{"binary_data_size":16}}]}`
			if !strings.HasSuffix(string(got[:n]), want) || len(got) != n+18 || w.Header().Get("Content-Type") != "application/octet-stream" {
				t.Fatalf("%s: %d bytes of JSON in %q", name, n, got)
			}
			for i := range rows {
				probability = append(probability, math.Float64frombits(binary.LittleEndian.Uint64(got[n+2+8*i:])))
				if got[n+i] != byte(math.Round(probability[i])) {
					t.Errorf("%s: row %d: prediction %d for %v", name, i, got[n+i], probability[i])
				}
			}
		}
		for i, row := range rows {
			if i == 1 && strings.Contains(name, "json") {
				tenure := 3.0 // JSON has no NaN, which the binary form counts as null
				row.Tenure = &tenure
			}
			p, err := scorer.Score(t.Context(), row)
			if err != nil || math.Float64bits(p.Probability[1]) != math.Float64bits(probability[i]) {
				t.Errorf("%s: row %d: %v, typed %v, %v", name, i, probability[i], p.Probability, err)
			}
		}
	}
}

// tensor is JSON of an input with binary data of some size.
func tensor(datatype string, n, size int) string {
	return fmt.Sprintf(`{"inputs":[{"name":"x","shape":[%d],"datatype":%q,"parameters":{"binary_data_size":%d}}]}`, n, datatype, size)
}

func TestBinaryNumbersOfEveryType(t *testing.T) {
	s := must(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64}))
	router, _ := newRouter(t, s, fixture.Options{Version: 2})
	h := newHandler(t, router, openinference.Options{})
	little := func(v any) []byte {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		datatype string
		data     []byte
		want     []float64
	}{
		{"BOOL", []byte{0, 1}, []float64{0, 1}},
		{"INT8", little([]int8{-128, 127}), []float64{-128, 127}},
		{"UINT8", little([]uint8{0, 255}), []float64{0, 255}},
		{"INT16", little([]int16{-32768, 5}), []float64{-32768, 5}},
		{"UINT16", little([]uint16{0, 65535}), []float64{0, 65535}},
		{"INT32", little([]int32{math.MinInt32, 7}), []float64{math.MinInt32, 7}},
		{"UINT32", little([]uint32{0, math.MaxUint32}), []float64{0, math.MaxUint32}},
		{"INT64", little([]int64{math.MinInt64, math.MaxInt64}), []float64{math.MinInt64, math.MaxInt64}},
		{"UINT64", little([]uint64{0, math.MaxUint64}), []float64{0, math.MaxUint64}},
		// IEEE 754-2019 binary16: 1, -2, 65504 (largest), 2^-24 (smallest), -0.
		{"FP16", little([]uint16{0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000}), []float64{1, -2, 65504, 0x1p-24, 0}},
		{"FP32", little([]float32{0.1, -1e30}), []float64{float64(float32(0.1)), float64(float32(-1e30))}},
		{"FP64", little([]float64{0.1, -1e300}), []float64{0.1, -1e300}},
		{"BYTES", []byte("\x03\x00\x00\x000.5\x02\x00\x00\x00-7"), []float64{0.5, -7}},
	} {
		text := tensor(c.datatype, len(c.want), len(c.data))
		w := send(t, h, "fixture", len(text), append([]byte(text), c.data...))
		var r response
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", c.datatype, w.Code, w.Body)
			continue
		}
		for i, x := range c.want {
			// By hand, with the fixture's one coefficient (0-3)/3 and its bias, the version.
			if want := 2 - (x-1)/1000; r.Outputs[0].Data[i] != want {
				t.Errorf("%s: element %d: %v, want %v", c.datatype, i, r.Outputs[0].Data[i], want)
			}
		}
	}
}

func TestBinaryDataIsChecked(t *testing.T) {
	s := must(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64}))
	router, _ := newRouter(t, s, fixture.Options{})
	h := newHandler(t, router, openinference.Options{Limits: serve.Limits{MaxTextBytes: 100}})
	eight := make([]byte, 8)
	for _, c := range []struct {
		text   string
		data   []byte
		status int
		said   string
	}{
		{tensor("FP64", 1, 8), eight[:7], 400, "want 8 bytes of binary data, got 7"},
		{tensor("FP64", 1, 8), append(eight, 0), 400, "no more binary data"},
		{tensor("FP64", 1, 7), eight[:7], 400, "fill the shape"},
		{tensor("FP64", 2, 8), eight, 400, "fill the shape"},
		{tensor("INT32", 1, 8), eight, 400, "fill the shape"},
		{tensor("FP64", 1, -8), eight, 400, "whole number"},
		{tensor("FP64", 1, 0), nil, 400, "fill the shape"},
		{tensor("BYTES", 1, 3), eight[:3], 400, "fill the shape"},
		{tensor("BYTES", 1, 8), []byte("\xff\xff\xff\xff1234"), 400, "fill the shape"},
		{tensor("BYTES", 1, 5), []byte("\x01\x00\x00\x00\xff"), 400, "UTF-8"},
		{tensor("BYTES", 1, 105), append([]byte("\x65\x00\x00\x00"), bytes.Repeat([]byte("1"), 101)...), 413, "at most 100 bytes"},
		{tensor("BYTES", 1, 5), []byte("\x01\x00\x00\x00x"), 400, `row 0, field \"x\": type`},
		{tensor("FP64", 1, 8), binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), 400, `row 0, field \"x\": non_finite`},
		{tensor("FP16", 1, 2), []byte{0, 0x7c}, 400, `row 0, field \"x\": non_finite`},
		{tensor("FP16", 1, 2), []byte{1, 0x7c}, 400, `row 0, field \"x\": non_finite`},
		{strings.Replace(tensor("FP64", 1, 8), `"datatype"`, `"data":[1],"datatype"`, 1), eight, 400, "in JSON or in binary form"},
	} {
		w := send(t, h, "fixture", len(c.text), append([]byte(c.text), c.data...))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.said) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %x: %d %s, want %q", c.text, c.data, w.Code, w.Body, c.said)
		}
	}
	for _, length := range []string{"-1", "x", "9999"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v2/models/fixture/infer", strings.NewReader("{}"))
		r.Header.Set(lengthHeader, length)
		h.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), lengthHeader) {
			t.Errorf("length %s: %d %s", length, w.Code, w.Body)
		}
	}
}

func TestBinaryOutputsOfEveryTarget(t *testing.T) {
	s := must(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64}))
	const body = `{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}],"outputs":[{"name":"prediction","parameters":{"binary_data":true}}]}`
	for _, c := range []struct {
		target  dataset.Type
		classes []string
		want    []byte // the class of the largest raw score, which is the last; for a regression the bias
	}{
		{dataset.Utf8, []string{"a", "b", "cd"}, []byte("\x02\x00\x00\x00cd")},
		{dataset.Bool, []string{"false", "true"}, []byte{0}}, // a tie of 0.5 goes to the first
		{dataset.Int16, []string{"1", "2", "-3"}, []byte{0xfd, 0xff}},
		{dataset.Int64, []string{"1", "2", "300"}, []byte{44, 1, 0, 0, 0, 0, 0, 0}},
		{dataset.Float32, []string{"1", "2", "0.5"}, []byte{0, 0, 0, 0x3f}},
		{dataset.Float64, nil, make([]byte, 8)},
	} {
		router, _ := newRouter(t, s, fixture.Options{Target: dataset.Field{Name: "y", Type: c.target}, Classes: c.classes})
		h := newHandler(t, router, openinference.Options{})
		w := send(t, h, "fixture", 0, []byte(body))
		n, err := strconv.Atoi(w.Header().Get(lengthHeader))
		if err != nil || w.Code != http.StatusOK || !slices.Equal(w.Body.Bytes()[n:], c.want) {
			t.Errorf("%s: %d %q", c.target, w.Code, w.Body)
		}
	}
}

// FuzzBinary feeds binary data to the endpoint.
func FuzzBinary(f *testing.F) {
	h := numbers(f, openinference.Options{Limits: serve.Limits{MaxRows: 50}})
	for _, name := range []string{"triton-binary", "triton-json"} {
		file, err := os.ReadFile(filepath.Join("testdata", name+".bin"))
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := bytes.Cut(file, []byte("\n"))
		f.Add(bytes.LastIndexByte(body, '}')+1, body)
	}
	text := `{"inputs":[{"name":"m","shape":[1,3],"datatype":"FP16","parameters":{"binary_data_size":6}}],"parameters":{"binary_data_output":true}}`
	f.Add(len(text), append([]byte(text), "\x00\x3c\x00\x3c\x00\x3c"...))
	f.Fuzz(func(t *testing.T, length int, body []byte) {
		var w *httptest.ResponseRecorder
		if over := alloc.Bound(4<<20+1000*len(body), func() { w = send(t, h, "fixture", max(length, 1), body) }); over != nil {
			t.Fatal(over)
		}
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %q: %d %s", length, body, w.Code, w.Body)
		}
	})
}
