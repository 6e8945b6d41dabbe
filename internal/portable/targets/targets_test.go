package targets_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/portable/targets"
)

func TestListIsWhatIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	none, err := targets.List("", "/go", dir)
	if err != nil || len(none) != 0 {
		t.Errorf("want no target, got %v, %v", none, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("want no script, got %v, %v", files, err)
	}
	some, err := targets.List("1", "/go", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"linux/arm64", "linux/arm", "wasip1/wasm", "js/wasm"} {
		if !slices.ContainsFunc(some, func(g targets.Target) bool { return g.OS+"/"+g.Arch == want && len(g.Run) > 0 }) {
			t.Errorf("want %s with what runs it, got %v", want, some)
		}
	}
	if command := some[0].Command("program", "-x"); some[0].String() != "linux/arm64" || !slices.Equal(command, []string{"qemu-aarch64", "program", "-x"}) {
		t.Errorf("got %q for %s", command, some[0])
	}
	if last := some[len(some)-1]; last.Tags == "" || last.String() != last.OS+"/"+last.Arch+" "+last.Tags {
		t.Errorf("want the small build by its tag, got %s", last)
	}
	if _, err := os.Stat(filepath.Join(dir, "wasi.js")); err != nil {
		t.Error(err)
	}
	all, err := targets.List("all", "/go", dir)
	if err != nil || len(all) <= len(some) {
		t.Errorf("want more than %d targets, got %d, %v", len(some), len(all), err)
	}
	if _, err := targets.List("1", "/go", filepath.Join(dir, "absent")); err == nil {
		t.Error("want an error without a place for the script")
	}
}
