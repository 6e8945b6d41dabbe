package http_test

import (
	"context"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"

	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/http"
)

func ExampleNewSource() {
	// An API of two pages.
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("after") == "" {
			_, _ = io.WriteString(w, `{"data":{"items":[{"id":1,"amount":9.5},{"id":2,"amount":3}],"next":"k2"}}`)
		} else {
			_, _ = io.WriteString(w, `{"data":{"items":[{"id":3,"amount":null}],"next":null}}`)
		}
	}))
	defer server.Close()

	ctx := context.Background()
	src, err := http.NewSource(ctx, server.URL+"/v1/payments?limit=2", http.Options{
		Records: "data.items",
		Paging:  http.Cursor{Path: "data.next", Parameter: "after"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.Schema().Names(), b.Column(0), b.Column(1))
	}
	// Output:
	// [id amount] [1 2 3] [9.5 3 (null)]
}

func ExampleFetch() {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		_, _ = io.WriteString(w, "name,age\nAda,36\n")
	}))
	defer server.Close()
	cache, err := os.MkdirTemp("", "cache")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(cache)

	ctx := context.Background()
	people := http.Dataset{
		Name:    "people.csv",
		URL:     server.URL + "/people.csv",
		SHA256:  "f0d92246a6b3f8c0d1dee1e0b9a9de1bc9ca2dc0cc4d1ba2ab41eb6b4cb1c3bf",
		Licence: "CC0-1.0",
	}
	if _, err := http.Fetch(ctx, cache, people, http.FetchOptions{}); err != nil {
		fmt.Println("a digest that is wrong is refused")
	}
	people.SHA256 = "" // to see what it is
	for range 2 {
		file, err := http.Fetch(ctx, cache, people, http.FetchOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		people.SHA256 = file.SHA256
		fmt.Println(file.Bytes, "bytes, pinned:", file.Pinned, "cached:", file.Cached, "licence:", file.Licence)
		src, err := csv.Open(file.Path, csv.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(src.Schema().Names())
	}
	// Output:
	// a digest that is wrong is refused
	// 16 bytes, pinned: false cached: false licence: CC0-1.0
	// [name age]
	// 16 bytes, pinned: true cached: true licence: CC0-1.0
	// [name age]
}
