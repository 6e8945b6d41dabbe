package chaos_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/registrytest"
)

const (
	// generations is how far apart the generations of two processes lie.
	generations = 1_000_000
	// perFolder is how many kills one folder sees before a new one is taken: every check reads all of its registry.
	perFolder = 20
	// maxDelay is how long a writer works at most.
	maxDelay = 60 * time.Millisecond
)

// setting returns a number of the environment, or what CI takes.
func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: want a number of 1 or more, got %q", name, text)
	}
	return n
}

// process is the test binary as a writer.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // what it says; closed at its end
}

func start(t *testing.T, role, dir string, first, count int) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir, fmt.Sprintf("%s=%d", firstVariable, first), fmt.Sprintf("%s=%d", countVariable, count))
	cmd.Stderr = os.Stderr
	p := &process{cmd: cmd, lines: make(chan string, 1<<16)}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		r := bufio.NewReader(stdout)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return // a line without an end was not said
			}
			p.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	if line := <-p.lines; line != "ready" {
		t.Fatalf("the writer says %q, want ready", line)
	}
	return p
}

// rest returns what was said until the process ended.
func (p *process) rest(t *testing.T) []string {
	t.Helper()
	var out []string
	for line := range p.lines {
		if text, ok := strings.CutPrefix(line, "fail "); ok {
			t.Errorf("the writer fails: %s", text)
		}
		out = append(out, line)
	}
	_ = p.cmd.Wait()
	return out
}

// folder is what the kills of one folder have led to so far.
type folder struct {
	dir     string
	entries []string       // of the journal
	files   map[string]int // generation by name
}

func TestAKilledWriterLosesNothingAndLeavesNothingHalf(t *testing.T) {
	kills := setting(t, "TIDEWHEEL_KILLS", 60)
	const seed = 1
	rng := rand.New(rand.NewPCG(seed, 0))
	var f *folder
	var acknowledged, unacknowledged, leftovers int
	for kill := range kills {
		if kill%perFolder == 0 {
			if f != nil {
				leftovers += f.clean(t)
			}
			f = &folder{dir: t.TempDir(), files: make(map[string]int)}
		}
		delay := time.Duration(rng.Int64N(int64(maxDelay)))
		first := (kill + 1) * generations
		p := start(t, "write", f.dir, first, 0)
		time.Sleep(delay)
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		said := p.rest(t)
		acknowledged += len(said)
		entries, registryErr := f.checkRegistry(t.Context(), said)
		files, filesErr := f.checkFiles(t.Context(), first, said)
		if err := errors.Join(registryErr, filesErr); err != nil || t.Failed() {
			t.Fatalf("after kill %d, %v into the work: %v", kill+1, delay, err)
		}
		unacknowledged += entries + files
	}
	leftovers += f.clean(t)
	t.Logf("%d kills: %d acknowledged writes are there, %d more were done and not yet acknowledged, %d half-written files lay beside", kills, acknowledged, unacknowledged, leftovers)
	if acknowledged == 0 || leftovers == 0 {
		t.Error("want kills in the middle of work")
	}
}

// checkRegistry checks that the journal is what it was, then what was acknowledged, then at most one entry more, and returns the number of those.
func (f *folder) checkRegistry(ctx context.Context, said []string) (newer int, err error) {
	want := slices.Clip(f.entries)
	for _, line := range said {
		if entry, ok := strings.CutPrefix(line, "entry "); ok {
			want = append(want, entry)
		}
	}
	r, s, err := openRegistry(ctx, f.dir)
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	var got []string
	for e, err := range r.Entries(ctx) {
		if err != nil {
			return 0, err
		}
		got = append(got, fmt.Sprintf("%s %d %s", e.Kind, e.Version, e.Digest))
	}
	if n, err := r.Verify(ctx); err != nil || int(n) != len(got) {
		return 0, fmt.Errorf("verify: %d of %d entries: %w", n, len(got), err)
	}
	if len(got) < len(want) || len(got) > len(want)+1 {
		return 0, fmt.Errorf("journal: want %d entries that were acknowledged and at most one more, got %d", len(want), len(got))
	}
	for i := range want {
		if got[i] != want[i] {
			return 0, fmt.Errorf("journal: entry %d: want %q, got %q", i+1, want[i], got[i])
		}
	}
	f.entries = got
	return len(got) - len(want), nil
}

// checkFiles checks that each file is the one acknowledged last or the one that was being written, and returns the number of those.
func (f *folder) checkFiles(ctx context.Context, first int, said []string) (newer int, err error) {
	next := make(map[string]int)
	for _, line := range said {
		if text, ok := strings.CutPrefix(line, "file "); ok {
			name, number, _ := strings.Cut(text, " ")
			generation, err := strconv.Atoi(number)
			if err != nil {
				return 0, err
			}
			f.files[name], next[name] = generation, generation+1
		}
	}
	for _, k := range fileKinds() {
		if next[k.name] == 0 {
			next[k.name] = first
		}
		got, err := k.read(ctx, filepath.Join(f.dir, k.name))
		switch {
		case errors.Is(err, fs.ErrNotExist) && f.files[k.name] == 0:
		case err != nil:
			return 0, fmt.Errorf("%s: %w", k.name, err)
		case got == next[k.name]:
			newer++
		case got != f.files[k.name]:
			return 0, fmt.Errorf("%s: want generation %d, or %d, got %d", k.name, f.files[k.name], next[k.name], got)
		}
		f.files[k.name] = got
	}
	return newer, nil
}

// clean counts what lies beside, takes it away as a host would, and checks that nothing else is gone.
func (f *folder) clean(t *testing.T) int {
	t.Helper()
	n := 0
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			n++
		}
	}
	_, s, err := openRegistry(t.Context(), f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	removed, err := s.Clean(t.Context(), time.Now().Add(time.Hour))
	if err != nil {
		t.Error(err)
	}
	if newer, err := f.checkRegistry(t.Context(), nil); newer != 0 || err != nil {
		t.Errorf("after clean: %d entries more, %v", newer, err)
	}
	if again, err := s.Clean(t.Context(), time.Now().Add(time.Hour)); again != 0 || err != nil {
		t.Errorf("clean: want nothing left, got %d, %v", again, err)
	}
	return n + removed
}

// The checks see what they are for: each spoils one thing that a killed writer could have spoilt.
func TestTheChecksSeeWhatIsLostOrHalf(t *testing.T) {
	f := &folder{dir: t.TempDir(), files: make(map[string]int)}
	r, s, err := openRegistry(t.Context(), f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	prepare(t, r, 2)
	if newer, err := f.checkRegistry(t.Context(), nil); newer != 0 || err == nil {
		t.Error("entries that nobody wrote pass")
	}
	said := []string{"entry register 1 x"}
	if _, err := f.checkRegistry(t.Context(), said); err == nil {
		t.Error("another entry than the one acknowledged passes")
	}
	for e, err := range r.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		f.entries = append(f.entries, fmt.Sprintf("%s %d %s", e.Kind, e.Version, e.Digest))
	}
	if _, err := f.checkRegistry(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := f.checkRegistry(t.Context(), said); err == nil {
		t.Error("an acknowledged entry that is not there passes")
	}
	for _, k := range fileKinds() {
		path := filepath.Join(f.dir, k.name)
		if err := k.write(t.Context(), path, 7); err != nil {
			t.Fatal(err)
		}
		said := []string{"file " + k.name + " 7"}
		if newer, err := f.checkFiles(t.Context(), 1, said); newer != 0 || err != nil {
			t.Errorf("%s: %d, %v", k.name, newer, err)
		}
		if _, err := f.checkFiles(t.Context(), 1, []string{"file " + k.name + " 8"}); err == nil {
			t.Errorf("%s: an acknowledged write that is lost passes", k.name)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, half := range [][]byte{nil, text[:len(text)/2], text[:len(text)-100]} {
			if err := os.WriteFile(path, half, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := f.checkFiles(t.Context(), 1, said); err == nil {
				t.Errorf("%s: %d of %d bytes pass", k.name, len(half), len(text))
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := f.checkFiles(t.Context(), 1, said); err == nil {
			t.Errorf("%s: a file that is gone passes", k.name)
		}
		delete(f.files, k.name)
	}
}

func TestOfWritersInTwoProcessesOneWins(t *testing.T) {
	writers := setting(t, "TIDEWHEEL_WRITERS", 16)
	dir := t.TempDir()
	r, s, err := openRegistry(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	prepare(t, r, writers)
	// Writer i is at version i; version 1 is where the aliases are.
	half := writers / 2
	processes := []*process{start(t, "race", dir, 2, half), start(t, "race", dir, 2+half, writers-half)}
	for _, p := range processes {
		if _, err := io.WriteString(p.stdin, "go\n"); err != nil {
			t.Fatal(err)
		}
	}
	results := make(map[string][]string) // of "won 3": who
	for _, p := range processes {
		for _, line := range p.rest(t) {
			if i := strings.LastIndexByte(line, ' '); i > 0 {
				results[line[:i]] = append(results[line[:i]], line[i+1:])
			}
		}
	}
	for k := range raceObjects {
		winners := results[fmt.Sprintf("put %d", k)]
		got, err := s.Get(t.Context(), fmt.Sprintf("race/%d", k))
		if err != nil || len(winners) != 1 || string(got) != winners[0] {
			t.Errorf("object %d: want one winner and its bytes, got winners %q, bytes %q, %v", k, winners, got, err)
		}
	}
	for k := range raceAliases {
		winners := results[fmt.Sprintf("won %d", k)]
		v, err := r.Find(t.Context(), fmt.Sprintf("m@alias%d", k))
		if err != nil || len(winners) != 1 || strconv.Itoa(v.Number) != winners[0] {
			t.Errorf("alias %d: want one winner and its version, got winners %q, version %d, %v", k, winners, v.Number, err)
		}
	}
	for k := range raceBundles {
		numbers := results[fmt.Sprintf("version %d", k)]
		if n := len(numbers); n != writers || len(slices.Compact(numbers)) != 1 {
			t.Errorf("bundle %d: want one version for %d writers, got %d: %q", k, writers, n, numbers)
		}
	}
	want := int64(writers+1) + 2*raceAliases + raceBundles + int64(writers)
	if n, err := r.Verify(t.Context()); err != nil || n != want {
		t.Errorf("verify: want %d entries, got %d, %v", want, n, err)
	}
}

// prepare registers a version for each writer and one before them, where all aliases are put.
func prepare(t *testing.T, r *registry.Registry, writers int) {
	t.Helper()
	for i := range writers + 1 {
		b, err := registrytest.NewBundle("m", i)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Register(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for k := range raceAliases {
		if err := r.SetAlias(t.Context(), registry.Move{Model: "m", Alias: fmt.Sprintf("alias%d", k), Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
}
