package interchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// WriteLightGBM writes m in LightGBM's text form, version v4, so that LightGBM loads it and predicts the same raw scores to the bit.
//
// m is one ensemble of trees over its columns with a link that LightGBM has: a fitted model of package tree, or what LightGBM read. A text column becomes a pandas column of
// category type, with its texts as the categories; LightGBM then wants a data frame with such columns. A constant that the sum starts with goes into the
// first trees, whose additions have the same bits. A ranking has the objective lambdarank. A forest becomes trees whose output is averaged, a set of them for each of three or more classes, without an objective: predict answers the
// probabilities, of two classes that of the second, with the same bits. Names of classes have no place in the form: LightGBM says 0, 1, 2 …, in class order. Rows that reached each node are written where they are whole
// numbers; gains, weights and the parameters of the training are not.
//
// LightGBM reads numbers from -1e-35 to 1e-35 as 0 before it asks a node; here they are compared as they are.
//
// What the form cannot say is a *model.UnsupportedError by name: steps before the trees such as one-hot columns, sums in float32 as XGBoost has them, names with
// spaces, a category of its own for texts that training did not meet, quantiles of a forest. Nothing is then written. Memory is that of the text.
func WriteLightGBM(w io.Writer, m *model.Planned) error {
	text, err := lightGBMText(m)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		return fmt.Errorf("interchange: write lightgbm: %w", err)
	}
	return nil
}

func lightGBMText(m *model.Planned) ([]byte, error) {
	p := m.Plan()
	at := slices.IndexFunc(p.Ops, func(o plan.Op) bool { return o.Kind == plan.OpTrees })
	if at < 0 {
		return nil, unsupportedWrite("a model without trees")
	}
	features, err := lightGBMFeatures(p, at)
	if err != nil {
		return nil, err
	}
	w := &treeWriter{t: p.Ops[at].Trees, features: features}
	if err := w.check(); err != nil {
		return nil, err
	}
	objective, average, err := objectiveOf(p, at, m.Problem().Task)
	if err != nil {
		return nil, err
	}
	for i := range w.count() {
		if err := w.tree(i); err != nil {
			return nil, err
		}
		if w.trees.Len() > defaultMaxBytes {
			return nil, fmt.Errorf("over %d bytes: %w", int64(defaultMaxBytes), dataset.ErrLimit)
		}
	}
	return w.text(objective, average)
}

func unsupportedWrite(what string) error {
	return &model.UnsupportedError{Format: lightGBM, Feature: "writing " + what}
}

// lightGBMFeatures returns the columns that the trees read. Every operation before them gives the codes of a column.
func lightGBMFeatures(p *plan.Plan, at int) ([]column, error) {
	byRegister := make(map[int32]column, len(p.Inputs))
	for i, in := range p.Inputs {
		if in.Kind == plan.Number {
			byRegister[int32(i)] = column{feature: feature{name: in.Name}}
		}
	}
	next := int32(len(p.Inputs))
	for i := range at {
		o := &p.Ops[i]
		c, ok := codesOf(p, o)
		if !ok {
			return nil, unsupportedWrite(fmt.Sprintf("the step %s before the trees", o.Kind))
		}
		byRegister[next] = c
		next += int32(o.Width())
	}
	columns := make([]column, len(p.Ops[at].In))
	seen := make(map[string]bool, len(columns))
	for i, r := range p.Ops[at].In {
		c := byRegister[r]
		if seen[c.name] || len(strings.Fields(c.name)) != 1 || strings.TrimSpace(c.name) != c.name {
			return nil, unsupportedWrite(fmt.Sprintf("column %q: a name with spaces, or read in two ways", shorten(c.name)))
		}
		seen[c.name], columns[i] = true, c
	}
	return columns, nil
}

// codesOf returns the column of which an operation gives the codes.
func codesOf(p *plan.Plan, o *plan.Op) (column, bool) {
	if len(o.In) != 1 || int(o.In[0]) >= len(p.Inputs) {
		return column{}, false
	}
	c := column{feature: feature{name: p.Inputs[o.In[0]].Name}}
	switch {
	case o.Kind == plan.OpLookup && o.Unseen == -1 && len(o.Values) > 0:
		c.text, c.texts = true, o.Values
		return c, true
	case o.Kind == plan.OpTable && o.Math.Width == 1 && len(o.Math.Keys) > 0 && o.Math.Default[0] != o.Math.Default[0]:
		for k, v := range o.Math.Values {
			if v != float64(k) {
				return c, false
			}
		}
		c.table, c.numbers = true, o.Math.Keys
		return c, true
	default:
		return c, false
	}
}

// objectiveOf returns the objective whose link is what follows the trees.
func objectiveOf(p *plan.Plan, at int, task model.Task) (text string, average bool, err error) {
	t := p.Ops[at].Trees
	want, err := tail(p, at)
	if err != nil {
		return "", false, err
	}
	if t.Aggregate == plan.Mean {
		return forestObjective(want, t.Outputs)
	}
	k := 0
	for _, o := range p.Outputs {
		if o.Name == model.ProbabilityColumn {
			k++
		}
	}
	columns := make([]column, len(p.Ops[at].In))
	for i := range columns {
		columns[i].name = strconv.Itoa(i)
	}
	for _, average := range []bool{false, true} {
		for _, text := range objectives(p.Ops[at+1:], k, t.Outputs, task) {
			m := &boosted{classes: t.Outputs, outputs: t.Outputs, average: average, trees: *t}
			if m.objective, err = newObjective(value{text: text}, m.outputs, m.classes, average); err != nil {
				continue
			}
			q, err := m.plan(columns)
			if err != nil {
				continue
			}
			if got, err := tail(q, slices.IndexFunc(q.Ops, func(o plan.Op) bool { return o.Kind == plan.OpTrees })); err == nil && got == want {
				return text, average, nil
			}
		}
	}
	return "", false, unsupportedWrite("a link that no objective has")
}

// forestObjective returns the objective of a mean of trees: none for shares of classes, which predict answers as they are, those of the second of two classes alone.
func forestObjective(want string, outputs int) (text string, average bool, err error) {
	for _, classes := range []int{0, outputs, 2} {
		b := plan.NewBuilder()
		mean := b.Add(plan.Op{Kind: plan.OpConstant, Fill: make(plan.Floats, outputs)})
		switch {
		case classes == 0:
			b.Output(model.PredictionColumn, mean[0])
			text = "regression"
		case outputs == 1:
			mean = b.Add(plan.Op{Kind: plan.OpComplement, In: mean})
			fallthrough
		default:
			b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: mean})[0])
			for _, r := range mean {
				b.Output(model.ProbabilityColumn, r)
			}
			text = ""
		}
		q, err := b.Build()
		if err != nil {
			return "", false, err
		}
		if got, err := tail(q, 0); err != nil || got == want {
			return text, true, err
		}
	}
	return "", false, unsupportedWrite("what follows the mean of the trees")
}

// objectives returns the lines of the objectives that have k probabilities, 0 for a number, of so many raw scores.
func objectives(link []plan.Op, k, outputs int, task model.Task) []string {
	sigma := 1.0
	if len(link) > 0 && link[0].Kind == plan.OpLinear && len(link[0].Coef) == 1 {
		sigma = link[0].Coef[0]
	} else if len(link) > 1 && link[1].Kind == plan.OpLinear && len(link[1].Coef) == 1 {
		sigma = link[1].Coef[0]
	}
	s := " sigmoid:" + strconv.FormatFloat(sigma, 'g', -1, 64)
	switch {
	case task == model.Ranking && outputs == 1:
		return []string{"lambdarank"}
	case k == 0 && outputs == 1:
		return []string{"regression", "regression sqrt", "poisson", "cross_entropy", "cross_entropy_lambda"}
	case k == 2 && outputs == 1:
		return []string{"binary" + s}
	case k == outputs:
		n := " num_class:" + strconv.Itoa(k)
		return []string{"multiclass" + n, "multiclassova" + n + s, ""}
	default:
		return nil
	}
}

// tail returns a text that two plans share when the same operations and outputs follow their trees.
func tail(p *plan.Plan, at int) (string, error) {
	base := int32(len(p.Inputs))
	for i := range at {
		base += int32(p.Ops[i].Width())
	}
	q := plan.Plan{}
	for _, o := range p.Ops[at+1:] {
		in := make(plan.Ints, len(o.In))
		for i, r := range o.In {
			if in[i] = r - base; r < base {
				return "", unsupportedWrite(fmt.Sprintf("the step %s beside the trees", o.Kind))
			}
		}
		o.In = in
		q.Ops = append(q.Ops, o)
	}
	for _, out := range p.Outputs {
		q.Outputs = append(q.Outputs, plan.Output{Name: out.Name, Register: out.Register - base})
	}
	text, err := q.Encode()
	return string(text), err
}

// text puts the file together.
func (w *treeWriter) text(objective string, average bool) ([]byte, error) {
	names, infos, pandas, err := w.columns()
	if err != nil {
		return nil, err
	}
	var head strings.Builder
	fmt.Fprintf(&head, "tree\nversion=v4\nnum_class=%d\nnum_tree_per_iteration=%d\nlabel_index=0\nmax_feature_idx=%d\n", w.t.Outputs, w.t.Outputs, len(names)-1)
	if objective != "" {
		fmt.Fprintf(&head, "objective=%s\n", objective)
	}
	if average {
		head.WriteString("average_output\n")
	}
	fmt.Fprintf(&head, "feature_names=%s\nfeature_infos=%s\ntree_sizes=%s\n\n", strings.Join(names, " "), strings.Join(infos, " "), spaced(w.sizes))
	size := head.Len() + w.trees.Len()
	if size > defaultMaxBytes {
		return nil, fmt.Errorf("over %d bytes: %w", int64(defaultMaxBytes), dataset.ErrLimit)
	}
	head.WriteString(w.trees.String())
	lists, err := json.Marshal(pandas)
	if err != nil {
		return nil, err
	}
	objective, _, _ = strings.Cut(cmp.Or(objective, "none"), " ")
	fmt.Fprintf(&head, "end of trees\n\nfeature_importances:\n\nparameters:\n[boosting: gbdt]\n[objective: %s]\n[num_class: %d]\n\nend of parameters\n\npandas_categorical:%s\n", objective, w.t.Outputs, lists)
	return []byte(head.String()), nil
}
