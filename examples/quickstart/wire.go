package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// request is an inference request of the Open Inference Protocol, version 2.
type request struct {
	Inputs []tensor `json:"inputs"`
}

type tensor struct {
	Name     string `json:"name"`
	Shape    []int  `json:"shape"`
	Datatype string `json:"datatype"`
	Data     []any  `json:"data"` // numbers, texts, and null for a missing value
}

// tensors returns the request for rows: one tensor for each column of the schema.
func tensors(s *dataset.Schema, rows []flight) (request, error) {
	reader, err := dataset.NewRowReader[flight](s)
	if err != nil {
		return request{}, err
	}
	r := request{Inputs: make([]tensor, s.Len())}
	for j, f := range s.Fields() {
		r.Inputs[j] = tensor{Name: f.Name, Shape: []int{len(rows)}, Datatype: "FP64", Data: make([]any, len(rows))}
		if f.Type.IsText() {
			r.Inputs[j].Datatype = "BYTES"
		}
	}
	row := dataset.NewRow(s)
	for i := range rows {
		reader.Read(&rows[i], row)
		for j, v := range row.Values {
			switch {
			case !v.Valid:
			case r.Inputs[j].Datatype == "BYTES":
				r.Inputs[j].Data[i] = v.Text
			default:
				r.Inputs[j].Data[i] = v.Number
			}
		}
	}
	return r, nil
}

// probabilities returns the probabilities of the second of two classes.
func probabilities(scored dataset.Batch) ([]float64, error) {
	column, err := scored.ByName(model.ProbabilityColumn)
	if err != nil {
		return nil, err
	}
	list, ok := column.(*array.FixedSizeList)
	if !ok {
		return nil, errors.New("want a list column of probabilities")
	}
	values := make([]float64, list.ListValues().Len())
	if err := dataset.Float64s(list.ListValues(), values); err != nil {
		return nil, err
	}
	out := make([]float64, list.Len())
	for i := range out {
		out[i] = values[2*i+1]
	}
	return out, nil
}

// post asks the server for the probabilities of flights by the Open Inference Protocol.
func (l *life) post(ctx context.Context, rows []flight) ([]float64, error) {
	inputs, err := tensors(l.live.bundle.Schema(), rows)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(inputs)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("http://%s/v2/models/late/infer", l.listener.Addr())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("POST %s: want status 200, got %d: %s", url, resp.StatusCode, text)
	}
	var answer struct {
		Outputs []struct {
			Name string          `json:"name"`
			Data json.RawMessage `json:"data"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	for _, o := range answer.Outputs {
		if o.Name != model.ProbabilityColumn {
			continue
		}
		var p []float64
		if err := json.Unmarshal(o.Data, &p); err != nil {
			return nil, err
		}
		if len(p) == len(rows) {
			return p, nil
		}
	}
	return nil, errors.New("want an output named probability of one value a row, got none")
}
