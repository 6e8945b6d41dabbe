package interchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

const xgBoost = "xgboost"

// BestIteration as a number of iterations is those up to the best one of early stopping.
const BestIteration = -1

// XGBoostOptions says how XGBoost reads a file. The zero value is ready to use.
type XGBoostOptions struct {
	Schema     *dataset.Schema // the columns that the features are bound to by name; nil: a nullable column for each feature, see XGBoost
	Features   []string        // the names of the features of a file that holds none; default f0, f1, f2 …, as XGBoost calls them
	Target     string          // the name of the target, for the Problem; default "target"
	Classes    []string        // names of the classes in the order of XGBoost's 0, 1, 2 …; default: these numbers, as int64
	Iterations int             // the boosting rounds that score, the first ones; default all, or BestIteration
	MaxBytes   int64           // a longer file is dataset.ErrLimit; default 1 GiB
}

// XGBoost reads a model in XGBoost's JSON or UBJ form, as Booster.save_model writes it.
//
// It supports the boosters gbtree, dart and gblinear with numeric and categorical splits, parallel trees and vector leaves, and the objectives reg:squarederror,
// squaredlogerror, absoluteerror, quantileerror, pseudohubererror, logistic, gamma and tweedie, count:poisson, binary:logistic, logitraw and hinge,
// multi:softprob and softmax, rank:pairwise, ndcg and map, survival:cox and aft, of one target. Anything else, the old binary form and any key that XGBoost up to 3.2
// does not write is a *model.UnsupportedError.
//
// Features have the names of the file, or those of the options where it holds none. Without a Schema each is a nullable float64, of categories that the file
// names by texts a utf8 column with these texts, and of categories that are whole numbers other than their codes an int64 column with these numbers. A feature that
// was categorical in training without names of its categories takes XGBoost's codes. Null and NaN are missing, and so is a category that the model does not know.
//
// All trees score, as with Booster.predict; scikit-learn's interface of XGBoost stops at the best iteration, for which there is an option. Outputs: prediction
// and raw of a regression or ranking; of classes also probability, which for binary:hinge is 0 or 1 and for binary:logitraw the sigmoid of what predict returns.
// A raw score is the margin that predict(output_margin=True) returns, a float32 number, with the same additions in the same order.
//
// Errors: *dataset.FormatError for a malformed file, with the line or the byte or the name of the value, dataset.ErrLimit, *dataset.SchemaError for a feature that Schema lacks
// or that has another type there, *model.OptionError. Equals XGBoost 3.2.0: raw scores to the bit, others to 1e-7.
func XGBoost(r io.Reader, o XGBoostOptions) (*model.Planned, error) {
	p, err := readXGBoost(r, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read xgboost: %w", err)
	}
	return p, nil
}

func readXGBoost(r io.Reader, o XGBoostOptions) (*model.Planned, error) {
	if o.Iterations < BestIteration {
		return nil, &model.OptionError{Field: "interchange.XGBoostOptions.Iterations", Value: strconv.Itoa(o.Iterations), Want: "0 or more, or BestIteration"}
	}
	data, err := readAll(r, o.MaxBytes, "interchange.XGBoostOptions")
	if err != nil {
		return nil, err
	}
	m, err := parseXGBoost(data, o, false)
	if err != nil {
		return nil, err
	}
	return m.predictor(o)
}

// parseXGBoost reads a whole file, or what a booster in memory is kept as: its model beside its configuration.
func parseXGBoost(data []byte, o XGBoostOptions, memory bool) (*xmodel, error) {
	document, err := decodeXGBoost(data)
	if err != nil {
		return nil, err
	}
	m := &xmodel{maxUnnamed: 1<<12 + len(data), maxWords: min(1<<26, 1<<18+16*len(data))}
	root := xnode{document, ""}
	if memory {
		if err := errors.Join(root.is(xobject), root.only("Config", "Model")); err != nil {
			return nil, err
		}
		if root, err = root.get("Model", xobject); err != nil {
			return nil, err
		}
	}
	return m, m.parse(root, o)
}

// decodeXGBoost tells the forms of a file apart by their first bytes.
func decodeXGBoost(data []byte) (*xvalue, error) {
	switch {
	case len(data) > 1 && data[0] == '{' && (data[1] == '}' || ubjSize(data[1]) > 0):
		return (&ubjReader{data: data}).document()
	case bytes.HasPrefix(data, []byte("binf")), bytes.IndexByte(data[:min(len(data), 64)], 0) >= 0:
		return nil, &model.UnsupportedError{Format: xgBoost, Feature: "the binary form of XGBoost before 3.1; save the model as JSON or UBJ"}
	default:
		return (&jsonReader{text: data}).document()
	}
}

// xmodel is what a file holds.
type xmodel struct {
	link                 xlink
	classes              int // 0 for a regression
	outputs              int
	features             []feature
	base                 plan.Floats // one margin per output
	trees                *plan.Trees // of gbtree and dart
	nodeCover, leafCover plan.Floats // the sums of the hessians
	maxUnnamed           int         // of features without names, of which a file needs to hold no more than the number
	maxWords             int         // of the sets of categories: one number in a file may ask for half a million words
	weights              plan.Floats // of gblinear: per feature and then the bias, each outputs numbers
}

// predictor binds the features to columns and adds the link.
func (m *xmodel) predictor(o XGBoostOptions) (*model.Planned, error) {
	bind := binding{options: "interchange.XGBoostOptions", schema: o.Schema, target: o.Target, classes: o.Classes}
	columns, input, err := bind.bind(m.features, xgBoost)
	if err != nil {
		return nil, err
	}
	problem, target, err := bind.problem(m.link.task, m.classes, m.features)
	if err != nil {
		return nil, err
	}
	b, in := inputs(columns)
	m.answers(b, in).output(b)
	p, err := b.Build()
	if errors.Is(err, plan.ErrInvalid) {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: xgBoost, Want: "trees whose nodes lead to leaves", Got: "others"}, err)
	}
	if err != nil {
		return nil, err
	}
	return model.NewPredictor(problem, input, target, p)
}

// linear adds a gblinear model: bias and base score, then the products in the order of the features without the missing ones.
func (m *xmodel) linear(b *plan.Builder, in plan.Ints) plan.Ints {
	known := b.Add(plan.Op{Kind: plan.OpImpute, In: in, Fill: make(plan.Floats, len(in))}) // a product of 0 adds nothing
	bias := m.weights[len(in)*m.outputs:]
	op := plan.Op{Kind: plan.OpLinear, In: known, Float32: true}
	for o := range m.outputs {
		op.Shift = append(op.Shift, float64(float32(bias[o])+float32(m.base[0]))) // XGBoost reads only the first base score here
		for j := range in {
			op.Coef = append(op.Coef, m.weights[j*m.outputs+o])
		}
	}
	return b.Add(op)
}

// answers adds the trees, or the linear model, and the link.
func (m *xmodel) answers(b *plan.Builder, in plan.Ints) answers {
	var raw plan.Ints
	if m.trees != nil {
		raw = b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: m.trees})
	} else {
		raw = m.linear(b, in)
	}
	linked := raw
	switch {
	case m.link.step:
		linked = b.Add(plan.Op{Kind: plan.OpTrees, In: raw, Trees: &plan.Trees{
			Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{0},
			Left: plan.Ints{^0}, Right: plan.Ints{^1}, Flags: plan.Bytes{0}, Cat: plan.Ints{0}, Leaf: plan.Floats{0, 1},
		}})
	case m.link.link != "":
		linked = b.Add(plan.Op{Kind: m.link.link, In: raw, Float32: true})
	}
	switch {
	case m.link.task == model.Binary:
		linked = b.Add(plan.Op{Kind: plan.OpComplement, In: linked})
		return answers{prediction: b.Add(plan.Op{Kind: plan.OpArgmax, In: linked})[0], probability: linked, raw: raw}
	case m.classes > 0:
		return answers{prediction: b.Add(plan.Op{Kind: plan.OpArgmax, In: raw})[0], probability: linked, raw: raw}
	default:
		return answers{prediction: linked[0], raw: raw}
	}
}

// names returns the names of n features: those of the file, else those of the options, else XGBoost's.
func (o XGBoostOptions) names(n int, file []string) ([]string, error) {
	bad := func(got string) error {
		return &model.OptionError{Field: "interchange.XGBoostOptions.Features", Value: got, Want: fmt.Sprintf("%d names, for a file that holds none", n)}
	}
	switch {
	case len(file) > 0 && o.Features != nil:
		return nil, bad("names for a file that holds its own")
	case len(file) > 0:
		return file, nil
	case o.Features != nil && len(o.Features) != n:
		return nil, bad(strconv.Itoa(len(o.Features)) + " names")
	case o.Features != nil:
		return slices.Clone(o.Features), nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = "f" + strconv.Itoa(i)
	}
	return out, nil
}
