package interchange_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

func xgb(t testing.TB, name string) string {
	t.Helper()
	return string(read(t, "testdata/xgb_"+name))
}

func importXGB(s string) error {
	_, err := interchange.XGBoost(strings.NewReader(s), interchange.XGBoostOptions{})
	return err
}

// replaced returns a JSON model with a part of its text replaced, once.
func replaced(t *testing.T, name, from, to string) string {
	t.Helper()
	s := xgb(t, name+".json")
	out := strings.Replace(s, from, to, 1)
	if out == s {
		t.Fatalf("%q is not in %s", from, name)
	}
	return out
}

// edited returns a JSON model after an edit of its first tree.
func edited(t *testing.T, name string, edit func(tree map[string]any)) string {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(xgb(t, name+".json")), &document); err != nil {
		t.Fatal(err)
	}
	learner := document["learner"].(map[string]any)
	body := learner["gradient_booster"].(map[string]any)["model"].(map[string]any)
	edit(body["trees"].([]any)[0].(map[string]any))
	out, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestWhatXGBoostFilesHoldAndIsNotSupportedIsRefusedByName(t *testing.T) {
	for feature, s := range map[string]string{
		"objective reg:other":      replaced(t, "binary", `"name":"binary:logistic"`, `"name":"reg:other"`),
		"booster other":            replaced(t, "binary", `"name":"gbtree"`, `"name":"other"`),
		"version 3.3.0":            replaced(t, "binary", `"version":[3,2,0]`, `"version":[3,3,0]`),
		"version 4.0.0":            replaced(t, "binary", `"version":[3,2,0]`, `"version":[4,0,0]`),
		`key "other" in learner`:   replaced(t, "binary", `"objective":`, `"other":1,"objective":`),
		`key "other" in learner.l`: replaced(t, "binary", `"base_score":`, `"other":1,"base_score":`),
		`key "split_kind"`:         replaced(t, "binary", `"split_type":`, `"split_kind":[],"split_type":`),
		`feature type "t"`:         replaced(t, "codes", `"feature_types":["q"`, `"feature_types":["t"`),
		"3 targets":                replaced(t, "binary", `"num_target":"1"`, `"num_target":"3"`),
		"outside ASCII":            replaced(t, "named", `"values":[115,`, `"values":[-61,`),
		"multi_output_tree":        replaced(t, "vector", `"leaf_weights":`, `"leaf_child_counts":`),
		"binary form":              "\x00\x00\x00\x3f\x05\x00\x00\x00",
		"old binary form":          "binf\x00\x00\x00\x3f",
		"words of sets":            edited(t, "codes", func(tree map[string]any) { tree["categories"].([]any)[0] = 1<<24 - 1 }),
	} {
		t.Run(feature, func(t *testing.T) { wantUnsupported(t, importXGB(s), strings.TrimPrefix(feature, "old ")) })
	}
}

func TestDamagedXGBoostFilesAreRefused(t *testing.T) {
	set := func(key string, at int, value any) func(map[string]any) {
		return func(tree map[string]any) { tree[key].([]any)[at] = value }
	}
	short := func(key string) func(map[string]any) {
		return func(tree map[string]any) { tree[key] = tree[key].([]any)[1:] }
	}
	long := func(key string) func(map[string]any) {
		return func(tree map[string]any) { tree[key] = append(tree[key].([]any), 0) }
	}
	cases := map[string]string{
		"empty":                    "",
		"a list":                   "[]",
		"no learner":               `{"version":[3,2,0]}`,
		"a key twice":              replaced(t, "binary", `"version":`, `"version":[3,2,0],"version":`),
		"more behind":              xgb(t, "binary.json") + "{}",
		"no base score":            regexp.MustCompile(`"base_score":"[^"]*",`).ReplaceAllString(xgb(t, "binary.json"), ""),
		"a base score of text":     replaced(t, "binary", `"base_score":"[`, `"base_score":"[x`),
		"base scores too many":     replaced(t, "binary", `"base_score":"[`, `"base_score":"[1E-1,`),
		"a cycle":                  edited(t, "binary", set("left_children", 1, 0)),
		"a node below two":         edited(t, "binary", set("left_children", 1, 2)),
		"a child out of range":     edited(t, "binary", set("right_children", 0, 99)),
		"a feature out of range":   edited(t, "binary", set("split_indices", 0, 99)),
		"a threshold that is text": edited(t, "binary", set("split_conditions", 0, "1")),
		"a fraction of a child":    edited(t, "binary", set("left_children", 0, 1.5)),
		"a direction that is none": edited(t, "binary", set("default_left", 0, 2)),
		"a kind of split":          edited(t, "binary", set("split_type", 0, 2)),
		"a set without members":    edited(t, "codes", set("categories_sizes", 0, 0)),
		"a set out of range":       edited(t, "codes", set("categories_segments", 0, 1<<20)),
		"a set of no node":         edited(t, "codes", set("categories_nodes", 0, 3)),
		"a negative category":      edited(t, "codes", set("categories", 0, -1)),
		"no nodes":                 edited(t, "binary", func(tree map[string]any) { tree["tree_param"].(map[string]any)["num_nodes"] = "0" }),
		"many nodes":               edited(t, "binary", func(tree map[string]any) { tree["tree_param"].(map[string]any)["num_nodes"] = "1073741824" }),
		"a NaN threshold":          regexp.MustCompile(`("split_conditions":\[)[^,]*`).ReplaceAllString(xgb(t, "binary.json"), "${1}NaN"),
		"deep":                     strings.Repeat(`{"a":`, 100_000),
		"deep lists":               strings.Repeat("[", 100_000),
	}
	for _, key := range []string{"left_children", "right_children", "split_indices", "split_conditions", "default_left", "split_type", "sum_hessian"} {
		cases["short "+key], cases["long "+key] = edited(t, "binary", short(key)), edited(t, "binary", long(key))
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			if err := importXGB(s); !errors.Is(err, dataset.ErrFormat) {
				t.Errorf("want ErrFormat, got %v", err)
			}
		})
	}
}

func TestCutXGBoostFilesAreRefused(t *testing.T) {
	for _, name := range []string{"binary.json", "binary.ubj", "named.ubj"} {
		s := xgb(t, name)
		for n := 0; n < len(s); n += 29 {
			if importXGB(s[:n]) == nil {
				t.Fatalf("%s: the first %d bytes were accepted", name, n)
			}
		}
	}
}

// A length in front of an array promises no memory.
func TestLengthsOfUBJAreHeldToTheFile(t *testing.T) {
	s := xgb(t, "binary.ubj")
	count := func(n int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	for name, array := range map[string]string{
		"numbers":  "[$d#L" + count(1<<40),
		"values":   "[#L" + count(1<<40),
		"negative": "[$d#L" + count(-1),
		"least":    "[#L" + count(-1<<63),
		"texts":    "SL" + count(1<<40),
		"type":     "[$S#L" + count(1),
		"nested":   strings.Repeat("[", 100_000),
	} {
		at := strings.Index(s, "attributes") + len("attributes")
		broken := s[:at] + array + s[at+len("{}"):]
		var err error
		if over := alloc.Bound(8<<20, func() { err = importXGB(broken) }); over != nil || !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: want ErrFormat, got %v (%v)", name, err, over)
		}
	}
}

func TestXGBoostOptionsAreChecked(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for name, o := range map[string]interchange.XGBoostOptions{
		"size":       {MaxBytes: -1},
		"classes":    {Classes: []string{"a"}},
		"iterations": {Iterations: -2},
		"rounds":     {Iterations: 99},
		"names":      {Features: names},
	} {
		var bad *model.OptionError
		if _, err := interchange.XGBoost(strings.NewReader(xgb(t, "binary.ubj")), o); !errors.As(err, &bad) {
			t.Errorf("%s: want an OptionError, got %v", name, err)
		}
	}
	nameless := replaced(t, "binary", `"feature_names":["age","shop","spend","delta","kind"]`, `"feature_names":[]`)
	for want, o := range map[string]interchange.XGBoostOptions{"f0": {}, "a": {Features: names}} {
		m, err := interchange.XGBoost(strings.NewReader(nameless), o)
		if err != nil || m.Signature().Input.Field(0).Name != want {
			t.Errorf("want a first feature %s, got %v", want, err)
		}
	}
	var bad *model.OptionError
	if _, err := interchange.XGBoost(strings.NewReader(nameless), interchange.XGBoostOptions{Features: names[1:]}); !errors.As(err, &bad) {
		t.Errorf("4 names: want an OptionError, got %v", err)
	}
	if _, err := interchange.XGBoost(strings.NewReader(nameless), interchange.XGBoostOptions{Iterations: interchange.BestIteration}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("the best iteration of a file without one: want ErrFormat, got %v", err)
	}
}

// A number of features that a file does not name costs it nothing and us a column each.
func TestFeaturesWithoutNamesAreHeldToTheFile(t *testing.T) {
	s := regexp.MustCompile(`("feature_names|"feature_types)":\[[^\]]*\]`).ReplaceAllString(xgb(t, "binary.json"), "$1\":[]")
	s = strings.ReplaceAll(s, `"num_feature":"5"`, `"num_feature":"100000"`)
	var err error
	if over := alloc.Bound(8<<20, func() { err = importXGB(s) }); over != nil || !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("want ErrLimit, got %v (%v)", err, over)
	}
	if err := importXGB(strings.ReplaceAll(s, `"100000"`, `"5000"`)); err != nil {
		t.Errorf("5000 features: %v", err)
	}
}

// FuzzXGBoost checks that no file in either form makes the reader or the scoring of what it accepted panic or run on.
func FuzzXGBoost(f *testing.F) {
	for _, name := range []string{"binary.json", "binary.ubj", "codes.json", "codes.ubj", "vector.json", "vector.ubj", "named.json", "named.ubj", "linear.ubj", "dart.ubj"} {
		f.Add(read(f, "testdata/xgb_"+name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m *model.Planned
		var err error
		if over := alloc.Bound(8<<20+1000*len(data), func() {
			m, err = interchange.XGBoost(bytes.NewReader(data), interchange.XGBoostOptions{MaxBytes: 1 << 20})
		}); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		sealsAndScores(t, m)
	})
}
