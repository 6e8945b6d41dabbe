package edge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/internal/portable/targets"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/gocode"
	"github.com/tidewheel/tidewheel/model/interchange"
)

const (
	seed    = 5
	perFile = 1000 // rows
)

// imported are files of other tools; their trees have categories, linear leaves, averages, float32 sums, sets by value and more outputs than one.
var imported = []string{
	"lgb_binary.txt", "lgb_dart.txt", "lgb_linear_tree.txt", "lgb_multiclass.txt", "lgb_multiclassova.txt", "lgb_no_missing.txt", "lgb_one_leaf.txt", "lgb_poisson.txt", "lgb_rf.txt",
	"lgb_sqrt.txt", "lgb_zero_as_missing.txt", "xgb_aft.ubj", "xgb_binary.json", "xgb_dart.ubj", "xgb_hinge.ubj", "xgb_linear.ubj", "xgb_named.json", "xgb_softprob_forest.ubj", "xgb_vector.json",
}

func read(t *testing.T, name string) *model.Planned {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "model", "interchange", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var m *model.Planned
	if filepath.Ext(name) == ".txt" {
		m, err = interchange.LightGBM(bytes.NewReader(text), interchange.LightGBMOptions{})
	} else {
		m, err = interchange.XGBoost(bytes.NewReader(text), interchange.XGBoostOptions{})
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// cell is a value of a row as the programs read it: bits of a number, or a text.
type cell struct {
	Bits uint64
	Text *string
}

// rows draws values near those that the model compares with, and missing, zero, huge and infinite ones.
func rows(m *model.Planned) [][]cell {
	r := rand.New(rand.NewPCG(seed, 1))
	p := m.Plan()
	texts := make(map[int32][]string)
	var numbers []float64
	for _, o := range p.Ops {
		if o.Kind == plan.OpLookup {
			texts[o.In[0]] = o.Values
		}
		if o.Trees != nil {
			numbers = append(numbers, o.Trees.Threshold...)
		}
	}
	odd := []float64{math.NaN(), 0, math.Copysign(0, -1), 1e-36, -1e-35, math.Inf(1), math.Inf(-1), -0.5, 0.5, 1e300, 31, 32, 63, 64, 100}
	out := make([][]cell, perFile)
	for i := range out {
		for j, in := range p.Inputs {
			if in.Kind == plan.Text {
				out[i] = append(out[i], cell{Text: text(r, texts[int32(j)])})
				continue
			}
			x := r.NormFloat64() * 10
			switch k := r.IntN(8); {
			case k == 0:
				x = odd[r.IntN(len(odd))]
			case k < 3:
				x = float64(r.IntN(40))
			case k < 6 && len(numbers) > 0:
				x = numbers[r.IntN(len(numbers))]
				if k == 5 {
					x = math.Nextafter(x, math.Inf(1))
				}
			}
			out[i] = append(out[i], cell{Bits: math.Float64bits(x)})
		}
	}
	return out
}

func text(r *rand.Rand, values []string) *string {
	switch k := r.IntN(8); {
	case k == 0 || len(values) == 0:
		return nil
	case k == 1:
		other := "none of them"
		return &other
	default:
		return &values[r.IntN(len(values))]
	}
}

// want returns the model's answers: the class or -1, or the prediction's bits, then the bits of probabilities and raw scores. NaN is one number.
func want(m *model.Planned, list [][]cell) [][]uint64 {
	s, row := m.NewRowScorer(), dataset.NewRow(m.Signature().Input)
	var out [][]uint64
	for _, cells := range list {
		for i, c := range cells {
			at := row.Schema.Index(m.Plan().Inputs[i].Name)
			switch {
			case c.Text != nil:
				row.Values[at] = dataset.TextValue(*c.Text)
			case m.Plan().Inputs[i].Kind == plan.Text || math.IsNaN(math.Float64frombits(c.Bits)):
				row.Values[at] = dataset.Value{}
			default:
				row.Values[at] = dataset.NumberValue(math.Float64frombits(c.Bits))
			}
		}
		var o model.Output
		s.Score(row, &o)
		first := uint64(int64(o.Class))
		if len(o.Probability) == 0 {
			first = bits(o.Prediction.Number)
		}
		line := []uint64{first}
		for _, x := range slices.Concat(o.Probability, o.Raw) {
			line = append(line, bits(x))
		}
		out = append(out, line)
	}
	return out
}

func bits(x float64) uint64 {
	if x != x {
		return 1
	}
	return math.Float64bits(x)
}

// program is a main package that scores the rows on standard input with every package of code.
func program(models map[string]*model.Planned, names []string) string {
	var imports, body strings.Builder
	for i, n := range names {
		fmt.Fprintf(&imports, "\tm%d \"edge/m%d\"\n", i, i)
		p := models[n].Plan()
		fmt.Fprintf(&body, "\tfor _, c := range all[%d] {\n\t\tvar r m%d.Row\n", i, i)
		names := fieldsOf(models[n])
		for j, in := range p.Inputs {
			if in.Kind == plan.Text {
				fmt.Fprintf(&body, "\t\tr.%s = c[%d].Text\n", names[j], j)
			} else {
				fmt.Fprintf(&body, "\t\tr.%s = math.Float64frombits(c[%d].Bits)\n", names[j], j)
			}
		}
		fmt.Fprintf(&body, "\t\to := m%d.Score(&r)\n", i)
		if len(models[n].Problem().Classes) > 0 {
			body.WriteString("\t\tline := []uint64{uint64(int64(o.Class))}\n\t\tline = add(line, o.Probability[:]...)\n")
		} else {
			body.WriteString("\t\tline := add(nil, o.Prediction)\n")
		}
		fmt.Fprintf(&body, "\t\tout[%d] = append(out[%d], add(line, o.Raw[:]...))\n", i, i)
		fmt.Fprintf(&body, "\t\tif n := testing.AllocsPerRun(2, func() { o = m%d.Score(&r) }); n != 0 {\n\t\t\tpanic(\"allocates\")\n\t\t}\n\t}\n", i)
	}
	return "package main\n\nimport (\n\t\"encoding/json\"\n\t\"math\"\n\t\"os\"\n\t\"testing\"\n\n" + imports.String() + `)

type cell struct {
	Bits uint64
	Text *string
}

func add(line []uint64, v ...float64) []uint64 {
	for _, x := range v {
		b := math.Float64bits(x)
		if x != x {
			b = 1
		}
		line = append(line, b)
	}
	return line
}

func main() {
	var all [][][]cell
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	out := make([][][]uint64, len(all))
` + body.String() + "\tif err := json.NewEncoder(os.Stdout).Encode(out); err != nil {\n\t\tpanic(err)\n\t}\n}\n"
}

// fieldsOf returns the names of the fields of Row as the file has them.
func fieldsOf(m *model.Planned) []string {
	var b strings.Builder
	if err := gocode.Write(&b, m, gocode.Options{}); err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(b.String(), "type Row struct {\n")
	block, _, _ := strings.Cut(rest, "\n}")
	var out []string
	for line := range strings.Lines(block) {
		out = append(out, strings.Fields(line)[0])
	}
	return out
}

// build writes a module of its own, which requires nothing, and builds it for a target.
func build(t *testing.T, x targets.Target, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module edge\n\ngo 1.25\n"
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(dir, "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+x.OS, "GOARCH="+x.Arch, "GOFLAGS=", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return to
}

// compare builds the models as code into one program and compares its answers with theirs.
func compare(t *testing.T, models map[string]*model.Planned) {
	t.Helper()
	var names []string
	for n := range models {
		names = append(names, n)
	}
	slices.Sort(names)
	files := make(map[string]string)
	var input [][][]cell
	var wanted [][][]uint64
	for i, n := range names {
		var b strings.Builder
		if err := gocode.Write(&b, models[n], gocode.Options{Package: fmt.Sprintf("m%d", i)}); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		files[fmt.Sprintf("m%d/model.go", i)] = b.String()
		list := rows(models[n])
		input, wanted = append(input, list), append(wanted, want(models[n], list))
	}
	files["main.go"] = program(models, names)
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rows.json") // WASI under Node.js reads and writes no pipe that waits
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	here := targets.Target{OS: runtime.GOOS, Arch: runtime.GOARCH}
	for _, x := range append([]targets.Target{here}, others(t)...) {
		equal(t, x.String(), names, wanted, score(t, x, build(t, x, files), path))
		t.Logf("%s: %d models, %d rows of each", x, len(names), perFile)
	}
}

// score returns what a program of a target writes when it reads a file.
func score(t *testing.T, x targets.Target, program, path string) []byte {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "scores.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	line := x.Command(program)
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, to, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", x, err, stderr.String())
	}
	out, err := os.ReadFile(to.Name())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// others returns what TIDEWHEEL_PORTABLE asks for beside this machine. The compiler of arm64 fuses products with additions where it may.
func others(t *testing.T) []targets.Target {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := targets.List(os.Getenv("TIDEWHEEL_PORTABLE"), strings.TrimSpace(string(root)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(x targets.Target) bool { return x.Tags != "" }) // a program of the standard library alone knows no tags
}

// equal compares what a program wrote with the answers of the models.
func equal(t *testing.T, target string, names []string, wanted [][][]uint64, out []byte) {
	t.Helper()
	var got [][][]uint64
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s: %d bytes: %v", target, len(out), err)
	}
	for i, n := range names {
		for r := range wanted[i] {
			if !slices.Equal(got[i][r], wanted[i][r]) {
				t.Errorf("%s: %s: row %d: want %x, got %x", target, n, r, wanted[i][r], got[i][r])
				break
			}
		}
	}
}

func TestModelsAsCodeGiveTheBitsOfTheModels(t *testing.T) {
	t.Parallel()
	models := make(map[string]*model.Planned)
	for _, n := range imported {
		models[n] = read(t, n)
	}
	compare(t, models)
}
