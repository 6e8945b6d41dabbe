package interchange

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// infos notes which features a file says are categorical: those whose values it lists, "-1:0:3", and not their range, "[0:3]", or that they are all one, "none".
func (m *boosted) infos(v value) error {
	i := 0
	for info := range strings.FieldsSeq(v.text) {
		if i >= len(m.features) {
			return v.bad("feature_infos", fmt.Sprintf("at most %d", len(m.features)), "more")
		}
		if info != "none" && !strings.HasPrefix(info, "[") {
			m.coded = append(m.coded, i)
			for code := range strings.SplitSeq(info, ":") {
				n, err := strconv.Atoi(code)
				if err != nil {
					return v.bad("feature_infos", "whole numbers as categories", "another text")
				}
				m.features[i].codes = max(m.features[i].codes, n+1)
			}
		}
		i++
	}
	return nil
}

// pandas reads the categories of the columns of category type of the data frame that a model was trained on, in the order of the columns. They belong to the
// categorical features where there are as many and every code has a category. Otherwise nobody knows which feature has which, and numbers, or texts that read as numbers,
// are refused: rows that hold them would be taken for codes.
func (m *boosted) pandas(l *lines) error {
	const key = "pandas_categorical:"
	for line, ok := l.next(); ok; line, ok = l.next() {
		text, found := strings.CutPrefix(line, key)
		if !found {
			continue
		}
		var columns [][]any
		if json.Unmarshal([]byte(text), &columns) != nil {
			return &dataset.FormatError{Format: lightGBM, Line: l.line, Want: key + " lists of categories in JSON", Got: "other text"}
		}
		certain := len(columns) == len(m.coded)
		for i := 0; certain && i < len(columns); i++ {
			certain = m.features[m.coded[i]].codes <= len(columns[i])
		}
		for i, list := range columns {
			texts, numbers, same := categoriesOf(list)
			switch {
			case !same:
				return unsupportedPandas(l, i, "categories that are not all texts or all numbers")
			case !certain && passForCodes(texts, numbers):
				return unsupportedPandas(l, i, "categories that are numbers and not their codes 0, 1, 2 …, of a feature that is not certain")
			case certain:
				if err := m.features[m.coded[i]].categories(texts, numbers, lightGBM); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func unsupportedPandas(l *lines, column int, what string) error {
	return &model.UnsupportedError{Format: lightGBM, Feature: fmt.Sprintf("line %d: pandas_categorical: column %d of category type: %s", l.line, column, what)}
}

// categoriesOf returns the categories as texts or as numbers, and whether they are all of one kind.
func categoriesOf(list []any) (texts []string, numbers []float64, same bool) {
	for _, c := range list {
		switch c := c.(type) {
		case string:
			texts = append(texts, c)
		case float64:
			numbers = append(numbers, c)
		case bool:
			numbers = append(numbers, map[bool]float64{true: 1}[c])
		}
	}
	return texts, numbers, max(len(texts), len(numbers)) == len(list)
}

// passForCodes reports whether a column of numbers could hold one of the categories under another number than its code.
func passForCodes(texts []string, numbers []float64) bool {
	for code, s := range texts {
		if v, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && v != float64(code) {
			return true
		}
	}
	for code, v := range numbers {
		if v != float64(code) {
			return true
		}
	}
	return false
}
