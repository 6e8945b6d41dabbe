package interchange

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Keys of the text form, as LightGBM 4.7 writes them; the ones whose value is true are read.
func headerKeys() map[string]bool {
	return map[string]bool{
		"version": true, "num_class": true, "num_tree_per_iteration": true, "max_feature_idx": true, "objective": true, "average_output": true, "feature_names": true,
		"feature_infos": true, "label_index": false, "tree_sizes": false, "monotone_constraints": false,
	}
}

func treeKeys() map[string]bool {
	return map[string]bool{
		"num_leaves": true, "num_cat": true, "split_feature": true, "threshold": true, "decision_type": true, "left_child": true, "right_child": true,
		"leaf_value": true, "cat_boundaries": true, "cat_threshold": true,
		"split_gain": false, "leaf_weight": false, "leaf_count": true, "internal_value": false, "internal_weight": false, "internal_count": true, "shrinkage": false,
		"is_linear": true, "leaf_const": true, "num_features": true, "leaf_features": true, "leaf_coeff": true,
	}
}

// lines walks through the lines of a text.
type lines struct {
	rest []byte
	line int64 // of the line last returned
}

func (l *lines) next() (string, bool) {
	if len(l.rest) == 0 {
		return "", false
	}
	line, rest, _ := bytes.Cut(l.rest, []byte("\n"))
	l.rest = rest
	l.line++
	return strings.TrimRight(string(line), "\r"), true
}

// value is the text behind a key, with its place.
type value struct {
	text string
	line int64
}

func (v value) bad(key, want, got string) error {
	return &dataset.FormatError{Format: lightGBM, Line: v.line, Want: key + ": " + want, Got: got}
}

// section is the key=value lines of the header or of a tree.
type section map[string]value

// put stores a line under its key.
func (s section) put(line string, at int64, known map[string]bool) error {
	key, text, _ := strings.Cut(line, "=")
	read, ok := known[key]
	if !ok {
		return &model.UnsupportedError{Format: lightGBM, Feature: fmt.Sprintf("line %d: key %q", at, shorten(key))}
	}
	v := value{text: text, line: at}
	if _, twice := s[key]; twice {
		return v.bad(key, "the key once", "it twice")
	}
	if !read {
		v.text = ""
	}
	s[key] = v
	return nil
}

// integer returns a key's number, which must be there and within the bounds.
func (s section) integer(key string, low, high int) (int, error) {
	v, ok := s[key]
	if !ok {
		return 0, v.bad(key, "the key", "none")
	}
	n, err := strconv.Atoi(v.text)
	if err != nil || n < low || n > high {
		return 0, v.bad(key, fmt.Sprintf("an integer from %d to %d", low, high), "another value")
	}
	return n, nil
}

// list parses n numbers between spaces.
func list[T any](s section, key string, n int, parse func(string) (T, bool)) ([]T, error) {
	v := s[key]
	count := 0
	for range strings.FieldsSeq(v.text) {
		count++
	}
	if count != n {
		return nil, v.bad(key, fmt.Sprintf("%d values", n), strconv.Itoa(count))
	}
	out := make([]T, 0, n)
	for f := range strings.FieldsSeq(v.text) {
		x, ok := parse(f)
		if !ok {
			return nil, v.bad(key, "numbers in range", "something else")
		}
		out = append(out, x)
	}
	return out, nil
}

func integer(f string) (int32, bool) {
	n, err := strconv.ParseInt(f, 10, 32)
	return int32(n), err == nil
}

func word(f string) (uint32, bool) {
	n, err := strconv.ParseUint(f, 10, 32)
	return uint32(n), err == nil
}

func number(f string) (float64, bool) {
	x, err := strconv.ParseFloat(f, 64)
	return x, err == nil && !math.IsNaN(x) && !strings.ContainsAny(f, "xX_")
}

func finite(f string) (float64, bool) {
	x, ok := number(f)
	return x, ok && !math.IsInf(x, 0)
}

// parseLightGBM reads a whole file. What follows "end of trees" (importances, training parameters) is not looked at.
func parseLightGBM(text []byte) (*boosted, error) {
	l := &lines{rest: text}
	if first, ok := l.next(); !ok || first != "tree" {
		return nil, &dataset.FormatError{Format: lightGBM, Line: 1, Want: `"tree"`, Got: "another line"}
	}
	head, known := section{}, headerKeys()
	line, ok := l.next()
	for ; ok && !isEnd(line); line, ok = l.next() {
		if line == "" {
			continue
		}
		if err := head.put(line, l.line, known); err != nil {
			return nil, err
		}
	}
	m, err := newBoosted(head)
	if err != nil {
		return nil, at(err, 1)
	}
	known = treeKeys()
	trees := 0
	for ok && line != endOfTrees {
		if line != "Tree="+strconv.Itoa(trees) {
			return nil, &dataset.FormatError{Format: lightGBM, Line: l.line, Want: fmt.Sprintf("tree %d", trees), Got: "another"}
		}
		start := l.line
		tree := section{}
		for line, ok = l.next(); ok && !isEnd(line); line, ok = l.next() {
			if line == "" {
				continue
			}
			if err := tree.put(line, l.line, known); err != nil {
				return nil, err
			}
		}
		if err := m.addTree(tree, start); err != nil {
			return nil, err
		}
		trees++
	}
	switch {
	case !ok:
		return nil, &dataset.FormatError{Format: lightGBM, Line: l.line, Want: fmt.Sprintf("%q", endOfTrees), Got: "the end of the file"}
	case trees%m.outputs != 0:
		return nil, &dataset.FormatError{Format: lightGBM, Line: l.line, Want: fmt.Sprintf("a multiple of %d trees", m.outputs), Got: strconv.Itoa(trees)}
	}
	if m.objective.shares && !m.hasShares() {
		return nil, &model.UnsupportedError{Format: lightGBM, Feature: "objective none, with several outputs that are no shares of classes"}
	}
	return m, m.pandas(l)
}

const endOfTrees = "end of trees"

// isEnd reports whether line ends a section.
func isEnd(line string) bool { return line == endOfTrees || strings.HasPrefix(line, "Tree=") }

// newBoosted reads the header.
func newBoosted(head section) (*boosted, error) {
	if v := head["version"]; v.text != "v3" && v.text != "v4" {
		return nil, &model.UnsupportedError{Format: lightGBM, Feature: fmt.Sprintf("version %q", shorten(v.text))}
	}
	m := &boosted{}
	var err error
	if m.classes, err = head.integer("num_class", 1, maxClasses); err != nil {
		return nil, err
	}
	if m.outputs, err = head.integer("num_tree_per_iteration", 1, maxClasses); err != nil {
		return nil, err
	}
	last, err := head.integer("max_feature_idx", 0, maxFeatures-1)
	if err != nil {
		return nil, err
	}
	names := head["feature_names"]
	sorted := strings.Fields(names.text)
	if len(sorted) != last+1 {
		return nil, names.bad("feature_names", fmt.Sprintf("%d names", last+1), strconv.Itoa(len(sorted)))
	}
	for _, name := range sorted {
		m.features = append(m.features, feature{name: name})
	}
	if err := m.infos(head["feature_infos"]); err != nil {
		return nil, err
	}
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(m.features) {
		return nil, names.bad("feature_names", "distinct names", "one twice")
	}
	_, m.average = head["average_output"]
	if m.objective, err = newObjective(head["objective"], m.outputs, m.classes, m.average); err != nil {
		return nil, err
	}
	m.trees = plan.Trees{Outputs: m.outputs, Base: make(plan.Floats, m.outputs)}
	return m, nil
}

// newObjective reads the line of an objective: its name, then its parameters. Without one, means over trees of several outputs are taken for shares of classes, which the
// trees must then be.
func newObjective(v value, outputs, classes int, average bool) (objective, error) {
	parts := strings.Fields(v.text)
	o := objective{task: model.Regression, sigma: 1}
	unsupported := func(what string) (objective, error) {
		return objective{}, &model.UnsupportedError{Format: lightGBM, Feature: fmt.Sprintf("objective %s", shorten(what))}
	}
	if len(parts) == 0 {
		if outputs > 1 && outputs == classes && average {
			return objective{task: model.Multiclass, sigma: 1, shares: true}, nil
		}
		if outputs > 1 {
			return unsupported("none, with several outputs")
		}
		parts = []string{"regression"} // a custom objective leaves none
	}
	want := 1
	switch parts[0] {
	case "regression", "regression_l1", "huber", "fair", "quantile", "mape":
	case "lambdarank", "rank_xendcg":
		o.task = model.Ranking
	case "poisson", "gamma", "tweedie":
		o.link = plan.OpExp
	case "cross_entropy":
		o.link = plan.OpSigmoid
	case "cross_entropy_lambda":
		o.other = "softplus"
	case "binary":
		o.task, o.link = model.Binary, plan.OpSigmoid
	case "multiclass":
		o.task, o.link, want = model.Multiclass, plan.OpSoftmax, classes
	case "multiclassova":
		o.task, o.link, want = model.Multiclass, plan.OpSigmoid, classes
	default:
		return unsupported(parts[0])
	}
	for _, p := range parts[1:] {
		key, text, _ := strings.Cut(p, ":")
		switch {
		case key == "sigmoid" && (parts[0] == "binary" || parts[0] == "multiclassova"):
			x, ok := finite(text)
			if !ok || x <= 0 {
				return o, v.bad("objective", "a sigmoid above 0", "another value")
			}
			o.sigma = x
		case parts[0] == "regression" && p == "sqrt":
			o.other = "square"
		case key == "num_class" && o.task == model.Multiclass && text == strconv.Itoa(classes):
		default:
			return unsupported(v.text)
		}
	}
	if outputs != want || (o.task == model.Multiclass && classes < 2) {
		return o, v.bad("objective", fmt.Sprintf("%d trees an iteration", want), strconv.Itoa(outputs))
	}
	return o, nil
}
