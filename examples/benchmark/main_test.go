package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

// lines runs the benchmark with -json and returns its lines by case and workers.
func lines(t *testing.T, args ...string) map[string]map[string]any {
	t.Helper()
	status, out, errs := clitest.Run(t, app(), append([]string{"-json"}, args...)...)
	if status != 0 {
		t.Fatalf("%v: want exit status 0, got %d: %s", args, status, errs)
	}
	all := make(map[string]map[string]any)
	for scan := bufio.NewScanner(strings.NewReader(out)); scan.Scan(); {
		var v map[string]any
		if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
			t.Fatalf("want a JSON object a line, got %q", scan.Text())
		}
		name, _ := v["case"].(string)
		if v["workers"] != 1.0 {
			name += " 2"
		}
		all[name] = v
	}
	return all
}

// number returns a member of v that must be a number.
func number(t *testing.T, v any, key string) float64 {
	t.Helper()
	m, _ := v.(map[string]any)
	n, ok := m[key].(float64)
	if !ok {
		t.Fatalf("want a number %q, got %v", key, v)
	}
	return n
}

func TestEverySuiteMeasures(t *testing.T) {
	for suite, cases := range map[string][]string{
		"ingest": {
			"arrow", "arrow 2", "csv_gz", "csv_gz 2", "csv_infer", "csv_infer 2", "csv_scan", "csv_scan 2", "csv_schema", "csv_schema 2", "jsonl", "jsonl 2", "parquet", "parquet 2",
			"parquet_columns", "parquet_columns 2", "parquet_filter", "parquet_filter 2", "parquet_range", "parquet_range 2", "parquet_scan", "parquet_scan 2",
		},
		"profile":  {"columns", "columns 2"},
		"validate": {"checks", "checks 2", "rules", "rules 2", "rules_and_guard", "rules_and_guard 2"},
		"train":    {"gbdt", "gbdt 2", "linear", "linear 2", "forest", "forest 2"},
		"stream":   {"gbdt", "gbdt 2"},
		"score":    {"gbdt_batch", "gbdt_batch_checked", "gbdt_batch_checked 2", "gbdt_row", "gbdt_row_checked", "gbdt_row_typed"},
		"predict":  {"gbdt_batch", "gbdt_row", "gbdt_shap"},
	} {
		t.Run(suite, func(t *testing.T) {
			got := lines(t, "-suite", suite, "-quick", "-rows", "1200")
			if len(got) != len(cases) {
				t.Errorf("want cases %v, got %d", cases, len(got))
			}
			for _, name := range cases {
				l := got[name]
				if l == nil {
					t.Errorf("want case %q, got none", name)
					continue
				}
				if l["suite"] != suite {
					t.Errorf("%s: want suite %s, got %v", name, suite, l["suite"])
				}
				for _, key := range []string{"rows", "columns", "workers", "seconds", "rows_per_second"} {
					if v := number(t, l, key); v <= 0 {
						t.Errorf("%s: want a positive %s, got %g", name, key, v)
					}
				}
				if number(t, l, "allocs_per_row") < 0 {
					t.Errorf("%s: got %v allocations a row", name, l["allocs_per_row"])
				}
				for _, key := range []string{"cpu_seconds", "max_rss_mb"} {
					if _, there := l[key]; !there {
						t.Errorf("%s: want %s, got none", name, key)
					}
				}
				checkQuality(t, suite, name, l["quality"])
			}
		})
	}
}

func checkQuality(t *testing.T, suite, name string, quality any) {
	t.Helper()
	switch {
	case suite == "stream":
	case strings.HasSuffix(name, "_shap"):
		if off := number(t, quality, "off"); off > 1e-9 { // what model/explain promises
			t.Errorf("%s: want contributions that sum to the scores, got %g off", name, off)
		}
	case strings.HasPrefix(name, "parquet_filter") || strings.HasPrefix(name, "parquet_range") || strings.HasPrefix(name, "parquet_columns"):
		// Of 1,200 prices from 0 to 500 a tenth is above 450, with a standard deviation of 10.4; the fourth of eight row groups holds 150 rows.
		want, off := 120.0, 50.0
		if !strings.HasPrefix(name, "parquet_filter") {
			want, off = 150, 0
		}
		if strings.HasPrefix(name, "parquet_columns") {
			want = 1200
		}
		if rows := number(t, quality, "rows"); math.Abs(rows-want) > off {
			t.Errorf("%s: want about %g rows, got %g", name, want, rows)
		}
	case suite == "ingest" || suite == "profile":
		// Of 1,200 rows clicks misses 1 in 10, rating 1 in 5, signal 1 in 20 and channel 1 in 8: 570 on average, with a standard deviation of 22.
		if n := number(t, quality, "nulls"); n < 460 || n > 680 {
			t.Errorf("%s: want about 570 nulls, got %g", name, n)
		}
	case strings.HasPrefix(name, "checks"):
		// Of 1,200 rows 300 can be spoilt, and 25 in 1,500 of them are: 5, with a standard deviation of 2.2. A spoilt row breaks three checks at most.
		if n := number(t, quality, "found"); n < 1 || n > 50 {
			t.Errorf("%s: want some rows that break a check, got %g", name, n)
		}
	case suite == "train" || suite == "predict" || !strings.Contains(name, "checked") && suite == "score" || name == "gbdt_row_checked":
		if auc := number(t, quality, "roc_auc"); auc < 0.7 || auc > 1 {
			t.Errorf("%s: want an area above 0.7, got %g", name, auc)
		}
	default:
		if number(t, quality, "refused") > 20 {
			t.Errorf("%s: want nearly no row refused, got %v", name, quality)
		}
	}
}

func TestRowsWithTextsAreOfTheColumnsAskedFor(t *testing.T) {
	got := lines(t, "-suite", "train", "-quick", "-rows", "2000", "-kind", "mixed", "-columns", "28", "-leaves", "7", "-case", "gbdt", "-workers", "1")
	if columns := number(t, got["gbdt"], "columns"); columns != 28 {
		t.Errorf("want 28 features, got %g", columns)
	}
	checkQuality(t, "train", "gbdt", got["gbdt"]["quality"])
}

func TestCasesAreChosenByName(t *testing.T) {
	got := lines(t, "-suite", "ingest", "-quick", "-case", "csv_schema, parquet")
	if len(got) != 4 || got["csv_schema"] == nil || got["csv_schema 2"] == nil || got["parquet"] == nil || got["parquet 2"] == nil {
		t.Errorf("want the two cases asked for, got %v", got)
	}
}

func TestOwnDataOfThreeClassesAndOfNumbers(t *testing.T) {
	data := clitest.File(t, "rows.csv", clitest.Rows(0, 400))
	for target, metric := range map[string]string{"y": "roc_auc", "c": "log_loss", "r": "root_mean_squared_error"} {
		got := lines(t, "-suite", "train", "-data", data, "-target", target, "-repeat", "1", "-workers", "1")
		for _, name := range []string{"gbdt", "linear"} {
			if rows := number(t, got[name], "rows"); rows != 300 {
				t.Errorf("want 300 of 400 rows to learn from, got %g", rows)
			}
			number(t, got[name]["quality"], metric)
		}
		got = lines(t, "-suite", "score", "-data", data, "-target", target, "-repeat", "1", "-workers", "1")
		if len(got) != 4 || number(t, got["gbdt_row"], "rows") > 100 {
			t.Errorf("target %s: want four entrances and at most 100 rows, got %v", target, got)
		}
	}
}

// The model of LightGBM reads numbers that are not those of the generated rows, so there is no typed case.
func TestAModelOfAnotherTool(t *testing.T) {
	data := clitest.File(t, "rows.csv", "age,shop,spend,delta,kind,y\n"+strings.Repeat("1.5,2,3,4,1,yes\n9,1,2,7,0,no\n", 20))
	got := lines(t, "-suite", "score", "-data", data, "-target", "y", "-model", "../../model/interchange/testdata/lgb_binary.txt", "-repeat", "1", "-workers", "1")
	for _, name := range []string{"imported_batch", "imported_batch_checked", "imported_row", "imported_row_checked"} {
		if got[name] == nil || number(t, got[name], "rows") != 10 {
			t.Errorf("want %s on 10 rows, got %v", name, got[name])
		}
	}
}

// The cases of the suite predict are named after the file of the model.
func TestPredictNamesTheModel(t *testing.T) {
	data := clitest.File(t, "rows.csv", "age,shop,spend,delta,kind,y\n"+strings.Repeat("1.5,2,3,4,1,yes\n9,1,2,7,0,no\n", 20))
	got := lines(t, "-suite", "predict", "-data", data, "-target", "y", "-model", "../../model/interchange/testdata/lgb_binary.txt", "-repeat", "1")
	if len(got) != 3 || got["lgb_binary_batch"] == nil || got["lgb_binary_shap"] == nil || number(t, got["lgb_binary_row"], "rows") != 10 {
		t.Errorf("want lgb_binary_batch, lgb_binary_row and lgb_binary_shap on 10 rows, got %v", got)
	}
}

func TestGeneratedRowsAreWrittenAndTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	var texts []string
	for _, name := range []string{"a.csv", "b.csv"} {
		path := filepath.Join(dir, name)
		if status, out, errs := clitest.Run(t, app(), "-suite", "ingest", "-rows", "50", "-seed", "7", "-write", path); status != 0 || out != "" {
			t.Fatalf("got %d %s %s", status, out, errs)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] || strings.Count(texts[0], "\n") != 51 {
		t.Errorf("want 50 equal rows with a header, got %d and %d lines", strings.Count(texts[0], "\n"), strings.Count(texts[1], "\n"))
	}
}

func TestTextForPeople(t *testing.T) {
	_, out, _ := clitest.Run(t, app(), "-suite", "validate", "-quick", "-repeat", "2")
	for _, want := range []string{"median of 2", "rules_and_guard", "rows/s", "refused"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q, got %s", want, out)
		}
	}
}

func TestBadInputIsRefusedInOneLine(t *testing.T) {
	data := clitest.File(t, "rows.csv", clitest.Rows(0, 60))
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"-suite", "ingest"}},
		{[]string{"-suite", "magic"}, []string{"-suite", `"magic"`}},
		{[]string{"-suite", "ingest", "-rows", "-1"}, []string{"-rows", "-1"}},
		{[]string{"-suite", "ingest", "-repeat", "0"}, []string{"-repeat", "0"}},
		{[]string{"-suite", "ingest", "-data", data, "-rows", "5"}, []string{"-rows", "-data"}},
		{[]string{"-suite", "ingest", "-data", "absent.csv"}, []string{"absent.csv"}},
		{[]string{"-suite", "ingest", "-data", clitest.File(t, "header.csv", "a,b\n")}, []string{"rows", "none"}},
		{[]string{"-suite", "ingest", "-quick", "-case", "magic"}, []string{"-case", "csv_infer", `"magic"`}},
		{[]string{"-suite", "train", "-data", data}, []string{"-target"}},
		{[]string{"-suite", "train", "-data", data, "-target", "nope"}, []string{"-target", `"nope"`}},
		{[]string{"-suite", "train", "-target", "nope"}, []string{"-target", `"bought"`}},
		{[]string{"-suite", "train", "-kind", "magic"}, []string{"-kind", `"magic"`}},
		{[]string{"-suite", "train", "-columns", "-1"}, []string{"-columns", "-1"}},
		{[]string{"-suite", "train", "-columns", "3"}, []string{"-columns", "3"}},
		{[]string{"-suite", "train", "-leaves", "1"}, []string{"-leaves", "1"}},
		{[]string{"-suite", "score", "-kind", "mixed"}, []string{"-kind", "train"}},
		{[]string{"-suite", "train", "-model", "m.tide"}, []string{"-model"}},
		{[]string{"-suite", "score", "-quick", "-model", "absent.tide"}, []string{"absent.tide"}},
		{[]string{"-suite", "score", "-data", data, "-target", "y", "-model", "../../model/interchange/testdata/lgb_binary.txt"}, []string{"columns of the model"}},
		{[]string{"-suite", "ingest", "-data", data, "-write", "out.csv"}, []string{"-write", "-data"}},
		{[]string{"-suite", "ingest", "-write", "out.xls"}, []string{".xls"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) { clitest.Refuses(t, app(), c.args, c.want...) })
	}
}
