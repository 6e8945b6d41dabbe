package cli

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// defaultRefresh is how often progress is drawn at most, and how long work must take to show any.
const defaultRefresh = 200 * time.Millisecond

// progress shows on a terminal how far long work is: what is done, rows, their share where the total is known, time. It uses no colours. It is safe for concurrent use.
type progress struct {
	out     io.Writer
	refresh time.Duration
	ended   sync.WaitGroup
	quit    chan struct{}

	mu    sync.Mutex // guards what follows
	stage string     // empty: nothing is shown
	rows  int64
	total int64     // of the rows; 0 is unknown
	drawn time.Time // when it last was
	bar   *progressbar.ProgressBar
}

// newProgress returns the progress that is drawn on w, nil when w is no terminal that can go back to the start of a line. Whoever made it calls stop.
func newProgress(w io.Writer, refresh time.Duration) *progress {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	if refresh == 0 {
		refresh = defaultRefresh
	}
	p := &progress{out: w, refresh: refresh, quit: make(chan struct{}), drawn: time.Now()}
	p.ended.Go(func() { // so that time is seen to pass where no rows are read
		tick := time.NewTicker(p.refresh)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case <-tick.C:
				p.add(0)
			}
		}
	})
	return p
}

// start says what is being done from now on.
func (p *progress) start(stage string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.stage, p.rows, p.total = stage, 0, 0
	p.draw()
}

// pass says that rows are read from the first on.
func (p *progress) pass(total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.rows, p.total = 0, total
}

// round says that so many rounds are done, which are counted as rows are.
func (p *progress) round(done, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total != int64(of) || p.rows > int64(done) {
		p.clear()
	}
	p.rows, p.total = int64(done), int64(of)
	p.draw()
}

// add says that so many more rows were read.
func (p *progress) add(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows += int64(rows)
	p.draw()
}

// draw draws the line, under the lock, when there is a stage and the last time is long enough ago.
func (p *progress) draw() {
	if p.stage == "" || time.Since(p.drawn) < p.refresh {
		return
	}
	p.drawn = time.Now()
	known := p.total > 0
	if p.bar == nil {
		total := int64(-1)
		if known {
			total = p.total + 1 // the library takes a full bar away
		}
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(p.stage), progressbar.OptionSetTheme(progressbar.ThemeASCII), progressbar.OptionSetWidth(20),
			progressbar.OptionShowTotalBytes(false), progressbar.OptionSetElapsedTime(true), progressbar.OptionSetPredictTime(known),
			progressbar.OptionSetSpinnerChangeInterval(0)) // 0: no goroutine
	}
	if p.rows == 0 {
		p.bar.Describe(p.stage) // which draws
		return
	}
	progressbar.OptionShowCount()(p.bar)
	rows := p.rows
	if known {
		rows = min(rows, p.total) // which may be an estimate
	}
	_ = p.bar.Set64(rows)
}

// clear takes the line away, under the lock.
func (p *progress) clear() {
	if p.bar == nil {
		return
	}
	_ = p.bar.Clear()
	if runtime.GOOS == "windows" { // where the library only goes back to the start of the line
		Printf(p.out, "%s\r", strings.Repeat(" ", 79))
	}
	p.bar = nil
}

// stop takes the line away and ends the drawing.
func (p *progress) stop() {
	p.start("")
	close(p.quit)
	p.ended.Wait()
}
