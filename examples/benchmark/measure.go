package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// job is one case of a suite at one number of workers.
type job struct {
	name                   string
	rows, columns, workers int
	prepare                func(context.Context) error // what is done once before; nil is nothing
	run                    func(context.Context) error // what is measured
	check                  func(context.Context) error // what is done after each run; nil is nothing
	quality                func() map[string]float64   // what the last run came to
	shape                  func() (rows, columns int)  // of what the last run read; nil where rows and columns say it
	samples                []sample
	peak                   float64
}

type sample struct {
	seconds, cpu, allocs float64
}

// line is what -json prints for a job: medians over its runs.
type line struct {
	Suite         string                `json:"suite"`
	Case          string                `json:"case"`
	Rows          int                   `json:"rows"`
	Columns       int                   `json:"columns"`
	Workers       int                   `json:"workers"`
	Seconds       float64               `json:"seconds"`
	CPUSeconds    cli.Number            `json:"cpu_seconds"` // of the whole process, the garbage collector included; null where the system does not tell
	RowsPerSecond float64               `json:"rows_per_second"`
	AllocsPerRow  float64               `json:"allocs_per_row"`
	MaxRSSMB      cli.Number            `json:"max_rss_mb"` // resident peak in MiB, what the suite prepared included; of the first run where the system can reset it, else of the process so far
	Quality       map[string]cli.Number `json:"quality"`
}

// measureAll runs the jobs in turn, all of them in every round, so that what else the machine does falls on each alike, and prints their medians.
func (b *bench) measureAll(ctx context.Context, jobs []*job) error {
	for i := range b.repeat {
		for _, j := range jobs {
			b.Stage(fmt.Sprintf("run %d of %d, %s", i+1, b.repeat, j.name))
			if err := b.Still(func() error { return j.measure(ctx) }); err != nil {
				return fmt.Errorf("case %s: %w", j.name, err)
			}
		}
	}
	b.Stage("")
	b.header()
	for _, j := range jobs {
		if j.shape != nil {
			j.rows, j.columns = j.shape()
		}
		l := line{
			Suite: b.suite, Case: j.name, Rows: j.rows, Columns: j.columns, Workers: j.workers,
			Seconds:      j.median(func(s sample) float64 { return s.seconds }),
			CPUSeconds:   cli.Number(j.median(func(s sample) float64 { return s.cpu })),
			AllocsPerRow: j.median(func(s sample) float64 { return s.allocs }) / float64(j.rows),
			MaxRSSMB:     cli.Number(j.peak),
			Quality:      make(map[string]cli.Number),
		}
		l.RowsPerSecond = float64(j.rows) / l.Seconds
		for name, v := range j.quality() {
			l.Quality[name] = cli.Number(v)
		}
		if err := b.Print(l, l.show); err != nil {
			return err
		}
	}
	return nil
}

// measure runs the job once on as many processors as it has workers, so that not even the garbage collector takes more.
func (j *job) measure(ctx context.Context) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(j.workers))
	first := len(j.samples) == 0
	if first && j.prepare != nil {
		if err := j.prepare(ctx); err != nil {
			return err
		}
	}
	if first {
		debug.FreeOSMemory()
		resetPeak()
	} else {
		runtime.GC()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuSeconds(), time.Now()
	if err := j.run(ctx); err != nil {
		return err
	}
	s := sample{seconds: time.Since(start).Seconds(), cpu: cpuSeconds() - cpu}
	runtime.ReadMemStats(&after)
	s.allocs = float64(after.Mallocs - before.Mallocs)
	j.samples = append(j.samples, s)
	if first {
		j.peak = peakMiB()
	}
	if j.check != nil {
		return j.check(ctx)
	}
	return nil
}

// median returns the middle of a figure of the samples, the mean of the two middle ones of an even number.
func (j *job) median(of func(sample) float64) float64 {
	var v []float64
	for _, s := range j.samples {
		v = append(v, of(s))
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// cores are the numbers of workers that a case which can use several is run with.
func (b *bench) cores() []int {
	if b.Workers > 0 {
		return []int{b.Workers}
	}
	return []int{1, 2}
}

func (b *bench) header() {
	if !b.JSON {
		cli.Printf(b.Out, "%s, median of %d\n%-16s %9s %7s %9s %9s %12s %10s %8s  %s\n", b.suite, b.repeat,
			"case", "rows", "workers", "seconds", "CPU s", "rows/s", "allocs/row", "MiB", "quality")
	}
}

func (l line) show(w io.Writer) {
	cli.Printf(w, "%-16s %9d %7d %9.4f %9.4f %12.0f %10.3g %8.0f ", l.Case, l.Rows, l.Workers, l.Seconds, float64(l.CPUSeconds), l.RowsPerSecond, l.AllocsPerRow, float64(l.MaxRSSMB))
	for _, name := range cli.SortedKeys(l.Quality) {
		cli.Printf(w, " %s %s", name, cli.Text(float64(l.Quality[name])))
	}
	cli.Printf(w, "\n")
}
