package modeltest

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

func rankChecks() []check {
	return []check{
		{"a row without a group is refused", missingGroup, ranks},
		{"a target that is no grade is refused", badGrades, ranks},
		{"rows of a group may stand anywhere", mixedGroups, func(t Traits, k model.Task) bool { return ranks(t, k) && steady(t, k) }},
	}
}

func missingGroup(s *subject) error {
	return s.refused("a null group", data{edit: func(i int, r *row) {
		if i == 150 {
			r.Query = nil
		}
	}}, dataset.ErrSchema)
}

func badGrades(s *subject) error {
	for what, grade := range map[string]float64{"a fraction": 0.5, "a negative grade": -1, "a grade of 31": model.MaxGrade + 1} {
		err := s.refused(what, data{edit: func(i int, r *row) {
			if i == 150 {
				r.Grade = &grade
			}
		}}, model.ErrTarget)
		if err != nil {
			return err
		}
	}
	return nil
}

// mixedGroups fits rows of which those of a query stand together, and the same rows with the queries mixed.
func mixedGroups(s *subject) error {
	var results [2][]answer
	for k, mixed := range []bool{false, true} {
		p, err := s.fit(data{mixed: mixed})
		if err != nil {
			return err
		}
		if results[k], err = s.predict(p, data{seed: 113}); err != nil {
			return err
		}
	}
	off, size := 0.0, 0.0 // sums in another order, so that a tree may split elsewhere between two nearly equal gains
	for i, a := range results[0] {
		off += math.Abs(a.numbers[0] - results[1][i].numbers[0])
		size += math.Abs(a.numbers[0])
	}
	if !(off <= 0.05*size) {
		return fmt.Errorf("with queries mixed predictions differ by %.3g of their size, want at most 0.05", off/size)
	}
	return nil
}

// inOrder wants three of four pairs of the rows of a query in order.
func inOrder(rows []row, got []answer) error {
	var grade, score []float64
	var query []int
	for i, r := range rows {
		grade, score, query = append(grade, *r.Grade), append(score, got[i].numbers[0]), append(query, int(*r.Query))
	}
	report, err := metric.Ranking(grade, score, query, nil, metric.ReportOptions{})
	if err != nil {
		return err
	}
	if pairs, _ := report.Get("pairwise_accuracy"); !(pairs.Value >= 0.75) {
		return fmt.Errorf("%.3g of the pairs of a query are in order, want at least 0.75", pairs.Value)
	}
	return nil
}
