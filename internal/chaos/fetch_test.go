package chaos_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset/http"
)

// fetch brings the file that the port first serves, until it is killed or done.
func (w *writer) fetch(ctx context.Context) error {
	w.say("ready")
	_, err := http.Fetch(ctx, w.dir, http.Dataset{Name: "a.csv", URL: fmt.Sprintf("http://127.0.0.1:%d/a.csv", w.first), Licence: "CC0-1.0"}, http.FetchOptions{})
	if err != nil {
		return err
	}
	w.say("done")
	return nil
}

func TestAFetchThatIsKilledLeavesTheWholeFileOrNone(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcde\n"), 128<<10) // 2 MiB
	sum := sha256.Sum256(body)
	want := hex.EncodeToString(sum[:])
	var resumed atomic.Int64
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Header.Get("Range") != "" {
			resumed.Add(1)
		}
		w.Header().Set("ETag", `"`+want+`"`)
		nethttp.ServeContent(slow{w}, r, "a.csv", time.Time{}, bytes.NewReader(body))
	}))
	defer server.Close()
	var port int
	if _, err := fmt.Sscanf(server.URL, "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	rng := rand.New(rand.NewPCG(4, 0))
	whole := 0
	for kill := range 20 {
		p := start(t, "fetch", dir, port, 0)
		time.Sleep(time.Duration(rng.Int64N(int64(maxDelay))))
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(p.rest(t), "")
		got, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && said == "":
		case err != nil:
			t.Fatalf("after kill %d, which said %q: %v", kill+1, said, err)
		case !bytes.Equal(got, body):
			t.Fatalf("after kill %d: a file of %d bytes that is not the one served", kill+1, len(got))
		default:
			whole++
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := start(t, "fetch", dir, port, 0)
	if said := p.rest(t); len(said) != 1 || said[0] != "done" {
		t.Fatalf("the writer says %q", said)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("want the file and its note, got %v, %v", entries, err)
	}
	t.Logf("20 kills, %d behind the end; %d fetches went on with what one before had left", whole, resumed.Load())
	if resumed.Load() == 0 {
		t.Error("want kills in the middle of a file")
	}
}

// slow takes about 40 ms for the file.
type slow struct{ nethttp.ResponseWriter }

// Write implements io.Writer.
func (s slow) Write(p []byte) (int, error) {
	time.Sleep(500 * time.Microsecond)
	return s.ResponseWriter.Write(p)
}
