package interchange_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model/interchange"
)

func TestBoostersInSkopsFilesAreRefusedByName(t *testing.T) {
	for _, c := range []struct{ file, old, other, want string }{
		{"light", `"subsample_freq"`, `"pred_early_stop"`, `attribute "pred_early_stop" of LGBMClassifier`},
		{"light", `"Booster"`, `"Other"`, `type "lightgbm.basic.Other"`},
		{"light", `"LGBMClassifier"`, `"LGBMOther"`, `type "lightgbm.sklearn.LGBMOther"`},
		{"light", `"LGBMClassifier"`, `"LGBMRegressor"`, "an objective of LGBMRegressor that is of another kind"},
		{"light", `version=v4`, `version=v5`, `version "v5"`},
		{"extra", `"Booster"`, `"Other"`, `type "xgboost.core.Other"`},
		{"extra", `\"binary:logistic\"`, `\"binary:logitraw\"`, `objective "binary:logitraw" of XGBClassifier`},
		{"extra", `"XGBClassifier"`, `"XGBRanker"`, "an objective of XGBRanker that is of another kind"},
		{"extra", `NaN`, `0.0`, "missing of XGBClassifier"},
	} {
		_, err := readSkops(t, repack(t, c.file, nil, c.old, c.other), interchange.SkopsOptions{})
		wantUnsupported(t, err, c.want)
	}
	for name, file := range map[string][]byte{
		"cut text":      repack(t, "light", nil, `num_leaves=3`, `num_leaves=4`, `num_leaves=5`, `num_leaves=6`),
		"no text":       repack(t, "light", nil, `"_handle"`, `"handle"`),
		"other classes": repack(t, "light", nil, `"_classes"`, `"_n_classes"`, `"_n_classes"`, `"_classes"`),
		"cut booster": repack(t, "extra", func(entry string, data []byte) []byte {
			if strings.HasSuffix(entry, ".bin") {
				return data[:len(data)/2]
			}
			return data
		}),
		"no booster": repack(t, "extra", nil, `.bin"`, `.bi"`),
	} {
		if _, err := readSkops(t, file, interchange.SkopsOptions{}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: want a FormatError, got %v", name, err)
		}
	}
}

// The names of the classes come from the file, or from the options.
func TestBoostersInSkopsFilesNameTheirClasses(t *testing.T) {
	for file, want := range map[string]string{"light_three": "high low mid utf8", "light": "false true bool", "extra_three": "0 1 2 int64", "light_columns": "high low mid utf8"} {
		m, err := readSkops(t, read(t, "testdata/skops/"+file+".skops"), interchange.SkopsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Problem().Classes, " ") + " " + string(m.Signature().Output.Field(0).Type); got != want {
			t.Errorf("%s: want %s, got %s", file, want, got)
		}
	}
	m, err := readSkops(t, read(t, "testdata/skops/light.skops"), interchange.SkopsOptions{Target: "paid", Classes: []string{"no", "yes"}})
	if err != nil || strings.Join(m.Problem().Classes, " ") != "no yes" || m.Problem().Target != "paid" {
		t.Errorf("want the options' names, got %v", err)
	}
}
