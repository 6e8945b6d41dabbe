package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

// bundle trains a model and puts it into a registry; it returns the path of the file and of the registry.
func bundle(t *testing.T) (file, dir string) {
	t.Helper()
	b := clitest.Seal(t, clitest.Trained{Name: "answer", Recipe: "linear", Data: clitest.File(t, "train.csv", clitest.Rows(0, 400)), Target: "y", Drop: []string{"r"}})
	dir = t.TempDir()
	_, file, err := cli.Register(t.Context(), dir, b)
	if err != nil {
		t.Fatal(err)
	}
	return file, dir
}

// running starts the program and returns its address and a function that ends it and returns the exit status.
func running(t *testing.T, args ...string) (address string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		var errs bytes.Buffer
		status := app().Run(ctx, append([]string{"-json", "-addr", "127.0.0.1:0"}, args...), in, &errs)
		_ = in.CloseWithError(io.EOF)
		done <- status
	}()
	var ready struct {
		Address string   `json:"address"`
		Models  []string `json:"models"`
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	if len(ready.Models) != 1 || ready.Models[0] != "answer" {
		t.Errorf("want model answer, got %v", ready.Models)
	}
	return ready.Address, func() int {
		cancel()
		select {
		case status := <-done:
			return status
		case <-time.After(30 * time.Second):
			t.Fatal("the server did not end")
			return -1
		}
	}
}

func ask(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestItServesUntilItIsTold(t *testing.T) {
	file, dir := bundle(t)
	for _, args := range [][]string{{"-model", file}, {"-registry", dir}, {"-registry", dir, "-model", "answer@1"}} {
		address, end := running(t, args...)
		for _, c := range []struct {
			method, path, body string
			status             int
			want               string
		}{
			{"GET", "/v2/health/live", "", 200, `"live":true`},
			{"GET", "/v2/models/answer", "", 200, `"name":"answer"`},
			{"GET", "/v2/models/other", "", 404, `"error"`},
			{"POST", "/v2/models/answer/infer", `{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[5]},{"name":"z","shape":[1],"datatype":"FP64","data":[50]},` +
				`{"name":"c","shape":[1],"datatype":"BYTES","data":["red"]}]}`, 200, `"probability"`},
			{"POST", "/score", `{"x":5,"z":50,"c":"red"}`, 200, `"probability"`},
			{"POST", "/score/answer", `{"x":5,"z":50,"c":"purple"}`, 422, `"one_of"`},
			{"GET", "/metrics", "", 200, "tidewheel_rows_total"},
		} {
			if status, text := ask(t, c.method, "http://"+address+c.path, "", c.body); status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("%s %s: want %d with %s, got %d %s", c.method, c.path, c.status, c.want, status, text)
			}
		}
		if status := end(); status != 0 {
			t.Errorf("want exit status 0, got %d", status)
		}
	}
}

func TestATokenIsAskedFor(t *testing.T) {
	file, _ := bundle(t)
	address, end := running(t, "-model", file, "-token", clitest.File(t, "token", "a-long-enough-secret-token\n"))
	defer end()
	body := `{"x":5,"z":50,"c":"red"}`
	if status, _ := ask(t, "POST", "http://"+address+"/score", "", body); status != http.StatusUnauthorized {
		t.Errorf("without a token: want 401, got %d", status)
	}
	for _, path := range []string{"/metrics", "/metrics/answer"} {
		if status, _ := ask(t, "GET", "http://"+address+path, "", ""); status != http.StatusUnauthorized {
			t.Errorf("%s without a token: want 401, got %d", path, status)
		}
		if status, text := ask(t, "GET", "http://"+address+path, "a-long-enough-secret-token", ""); status != http.StatusOK || !strings.HasSuffix(text, "# EOF\n") {
			t.Errorf("%s with the token: want 200, got %d", path, status)
		}
	}
	if status, text := ask(t, "POST", "http://"+address+"/score", "a-long-enough-secret-token", body); status != http.StatusOK {
		t.Errorf("with the token: want 200, got %d %s", status, text)
	}
}

func TestBadInput(t *testing.T) {
	file, dir := bundle(t)
	clitest.Refuses(t, app(), nil, "-model", "-registry")
	clitest.Refuses(t, app(), []string{"-model", "absent.tide"}, "absent.tide")
	clitest.Refuses(t, app(), []string{"-model", file, "-addr", "nowhere:port"}, "-addr")
	clitest.Refuses(t, app(), []string{"-model", file, "-model", file}, "twice")
	clitest.Refuses(t, app(), []string{"-model", file, "-tls-cert", "c.pem"}, "-tls-key")
	clitest.Refuses(t, app(), []string{"-model", file, "-token", filepath.Join(dir, "absent")}, "absent")
	clitest.Refuses(t, app(), []string{"-registry", t.TempDir()}, "-registry")
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
