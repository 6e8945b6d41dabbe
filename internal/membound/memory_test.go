//go:build linux

package membound_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	variable = "TIDEWHEEL_MEMORY_MB" // size of the large file of wide rows
	smallMB  = 4                     // without it
	full     = 2000                  // from which a tenth fills what a program holds at a time, and all rows are too many to learn from
	limitMiB = 512                   // of every program
	same     = 1.2                   // times the peak of a tenth of the rows
	filling  = 16                    // MiB more where a tenth of the rows is too few to fill what a program holds at a time
	slower   = 11                    // times the time of a tenth of the rows
)

// limited is the environment of a process that may have 512 MiB: the garbage collector keeps a quarter free for what it does not count.
func limited() []string { return []string{"GOMEMLIMIT=" + strconv.Itoa(limitMiB*3/4) + "MiB"} }

// sizeMB returns the size of the large file, and whether it was asked for.
func sizeMB(t *testing.T) (size int64, asked bool) {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return smallMB, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < smallMB {
		t.Fatalf("%s: want a number of at least %d, got %q", variable, smallMB, text)
	}
	return n, true
}

// job is a run of a program over a file.
type job struct {
	name    string // of the row in the table
	program string
	args    []string
	out     string // removed after the run
}

// streams are the programs whose memory does not depend on the rows.
func streams(dir, model, reference, data string) []job {
	out := filepath.Join(dir, "out.csv")
	return []job{
		{"profile", "profile", []string{"-data", data}, ""},
		{"validate", "validate", []string{"-reference", reference, "-data", data}, ""},
		{"score to csv", "score", []string{"-model", model, "-data", data, "-out", out}, out},
	}
}

// do runs a job and checks that it saw every row.
func (p programs) do(t *testing.T, env []string, j job, rows int) usage {
	t.Helper()
	r, u := p.run(t, env, j.program, j.args...)
	if j.out != "" {
		if err := os.Remove(j.out); err != nil {
			t.Error(err)
		}
	}
	if got := max(r.Rows, r.RowsCurrent, r.DataRows); got != rows {
		t.Errorf("%s: want %d rows, got %d", j.name, rows, got)
	}
	if max(r.Refused, r.RowsBad) > rows/100 {
		t.Errorf("%s: want rows that pass, got %d refused", j.name, max(r.Refused, r.RowsBad))
	}
	return u
}

// learn trains a model on a file.
func (p programs) learn(t *testing.T, data, drop, out string) {
	t.Helper()
	p.run(t, nil, "train", "-data", data, "-target", "bought", "-drop", drop, "-model", "gbdt", "-params", `{"trees":20}`, "-out", out)
}

func TestMemory(t *testing.T) {
	p := build(t, "profile", "validate", "score", "train", "drift", "evaluate")
	t.Run("ten times the rows take the same memory", p.tenTimes)
	t.Run("every program stays within the limit", p.withinLimit)
}

// tenTimes has few columns, so that a file of a few megabytes has many rows: eight bytes kept of each would show. Times are printed and not asserted.
func (p programs) tenTimes(t *testing.T) {
	dir := t.TempDir()
	reference, model := filepath.Join(dir, "reference.csv"), filepath.Join(dir, "model.tide")
	write(t, reference, narrow(), 1<<20, 1)
	p.learn(t, reference, "note", model)
	files := [2]string{filepath.Join(dir, "one.csv"), filepath.Join(dir, "ten.csv")}
	rows := [2]int{write(t, files[0], narrow(), 8<<20, 2), write(t, files[1], narrow(), 80<<20, 3)}
	one, ten := streams(dir, model, reference, files[0]), streams(dir, model, reference, files[1])
	for i := range one {
		small, large := p.do(t, nil, one[i], rows[0]), p.do(t, nil, ten[i], rows[1])
		t.Logf("%-12s %8d rows %4.0f MiB %6.2f s CPU; %8d rows %4.0f MiB %6.2f s CPU", one[i].name, rows[0], small.peakMiB, small.cpu.Seconds(), rows[1], large.peakMiB, large.cpu.Seconds())
		if large.peakMiB > same*small.peakMiB+filling {
			t.Errorf("%s: want at most %.1f times the memory for ten times the rows, and %d MiB, got %.0f MiB and %.0f MiB", one[i].name, same, filling, small.peakMiB, large.peakMiB)
		}
	}
}

// withinLimit runs every program that takes a file on one of TIDEWHEEL_MEMORY_MB, and on a tenth of it.
func (p programs) withinLimit(t *testing.T) {
	size, asked := sizeMB(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	tenth, large := file("tenth.csv"), file("large.csv")
	begin := time.Now()
	sample := max(size/500, 1)
	write(t, file("reference.csv"), wide(), sample<<20, 1)
	rows := [2]int{write(t, tenth, wide(), size*1e5, 2), write(t, large, wide(), size*1e6, 3)}
	t.Logf("%d MB of %d rows written in %.0f s", size, rows[1], time.Since(begin).Seconds())
	p.learn(t, file("reference.csv"), notFeatures, file("model.tide"))
	if asked {
		p.times(t, dir, size)
	}
	one, ten := streams(dir, file("model.tide"), file("reference.csv"), tenth), streams(dir, file("model.tide"), file("reference.csv"), large)
	show := func(name string, rows int, u usage) {
		t.Helper()
		t.Logf("| %s | %d | %.0f | %.1f | %.1f |", name, rows, u.peakMiB, u.cpu.Seconds(), u.wall.Seconds())
		if u.peakMiB > limitMiB {
			t.Errorf("%s: want at most %d MiB, got %.0f", name, limitMiB, u.peakMiB)
		}
	}
	var streamed []float64
	for i := range one {
		small, big := p.do(t, limited(), one[i], rows[0]), p.do(t, limited(), ten[i], rows[1])
		show(one[i].name, rows[0], small)
		show(ten[i].name, rows[1], big)
		streamed = append(streamed, big.peakMiB/small.peakMiB)
	}
	if size >= full && slices.Max(streamed) > same {
		t.Errorf("want at most %.1f times the memory for ten times the rows, got %.2f", same, streamed)
	}
	for _, j := range others(file, size) {
		show(j.name, rows[0], p.do(t, limited(), j.over(tenth), rows[0]))
		show(j.name, rows[1], p.do(t, limited(), j.over(large), rows[1]))
	}
	if size >= full {
		p.refuses(t, large)
	}
}

// others are the jobs whose memory may depend on the rows, within the limit, and outputs in other formats. Their file is named data.
func others(file func(string) string, size int64) []job {
	learn := func(name, model, sample string) job {
		return job{name, "train", []string{"-data", "data", "-target", "bought", "-drop", notFeatures, "-model", model, "-sample", sample}, ""}
	}
	model := file("model.tide")
	sample := strconv.FormatInt(min(300_000, 1000*size), 10)
	return []job{
		{"score to parquet", "score", []string{"-model", model, "-data", "data", "-out", file("out.parquet")}, file("out.parquet")},
		{"score to jsonl", "score", []string{"-model", model, "-data", "data", "-out", file("out.jsonl")}, file("out.jsonl")},
		{"validate with quarantine", "validate", []string{"-reference", file("reference.csv"), "-data", "data", "-quarantine", file("bad.csv")}, file("bad.csv")},
		{"drift", "drift", []string{"-reference", file("tenth.csv"), "-current", "data"}, ""},
		{"evaluate", "evaluate", []string{"-data", "data", "-actual", "bought", "-predicted", "guess", "-probability", "chance_yes"}, ""},
		learn("train gbdt on a sample of "+sample, "gbdt", sample),
		learn("train linear on a sample of "+sample, "linear", sample),
	}
}

// over is the job with the file in the place of data.
func (j job) over(file string) job {
	j.args = slices.Clone(j.args)
	for i, a := range j.args {
		if a == "data" {
			j.args[i] = file
		}
	}
	return j
}

// times measures files of which one has ten times the rows of the other in turn, three times, and compares the medians of the CPU times.
func (p programs) times(t *testing.T, dir string, size int64) {
	t.Helper()
	const rounds = 3
	small, large := filepath.Join(dir, "small.csv"), filepath.Join(dir, "medium.csv")
	rows := [2]int{write(t, small, wide(), size*2e4, 4), write(t, large, wide(), size*2e5, 5)}
	model, reference := filepath.Join(dir, "model.tide"), filepath.Join(dir, "reference.csv")
	one, ten := streams(dir, model, reference, small), streams(dir, model, reference, large)
	seconds := make([][2][]float64, len(one))
	for range rounds {
		for i := range one {
			for k, j := range []job{one[i], ten[i]} {
				seconds[i][k] = append(seconds[i][k], p.do(t, limited(), j, rows[k]).cpu.Seconds())
			}
		}
	}
	for i, s := range seconds {
		slices.Sort(s[0])
		slices.Sort(s[1])
		ratio := s[1][rounds/2] / s[0][rounds/2] * float64(rows[0]) / float64(rows[1]) * 10
		t.Logf("%s: %.2f and %.2f s CPU for %d and %d rows, %.1f times for ten times the rows", one[i].name, s[0], s[1], rows[0], rows[1], ratio)
		if ratio > slower {
			t.Errorf("%s: want at most %d times the CPU time for ten times the rows, got %.1f", one[i].name, slower, ratio)
		}
	}
	for _, f := range []string{small, large} {
		if err := os.Remove(f); err != nil {
			t.Error(err)
		}
	}
}

// refuses checks that rows which do not fit are refused before they are held, with a sample that fits.
func (p programs) refuses(t *testing.T, data string) {
	t.Helper()
	out, errs, u, err := p.start(t, limited(), "train", "-data", data, "-target", "bought", "-drop", notFeatures, "-model", "linear")
	if err == nil || len(out) > 0 || !strings.Contains(string(errs), "-sample") {
		t.Errorf("train on all rows: want a refusal that names -sample, got %v, %.300s", err, errs)
	}
	if u.peakMiB > limitMiB {
		t.Errorf("train on all rows: want at most %d MiB, got %.0f", limitMiB, u.peakMiB)
	}
	t.Log(fmt.Sprintf("train on all rows: %.0f MiB, ", u.peakMiB), strings.TrimSpace(string(errs)))
}
