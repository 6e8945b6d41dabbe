package stream_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/stream"
)

func ExampleNew() {
	type reading struct {
		At    time.Time `ml:"name=at,role=time"`
		Value float64   `ml:"name=value"`
	}
	readings := make(chan reading)
	go func() {
		defer close(readings)
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, minute := range []int{0, 5, 6, 1, 7} { // the fourth comes four minutes late
			readings <- reading{At: start.Add(time.Duration(minute) * time.Minute), Value: float64(minute)}
		}
	}()
	src, err := stream.New(stream.Channel(readings), stream.Options{EventTime: "at", Lateness: 2 * time.Minute, Late: stream.LateDrop})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.NumRows(), "rows", b.Column(1))
	}
	latest, _ := src.Token().LatestEvent()
	fmt.Println(src.Token().Late(), "late of", src.Token().Rows(), "latest", latest.Format(time.TimeOnly))
	// Output:
	// 4 rows [0 5 6 7]
	// 1 late of 5 latest 00:07:00
}

func ExampleTail() {
	dir, err := os.MkdirTemp("", "stream")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	events, saved := filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "events.token")
	schema, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64})
	if err != nil {
		fmt.Println(err)
		return
	}
	// read gives the rows that are new, and may be another process each time.
	read := func() error {
		feed, err := stream.Tail(events, stream.TailOptions{Growing: true})
		if err != nil {
			return err
		}
		decoder, err := stream.JSON(jsonl.Options{Schema: schema})
		if err != nil {
			return err
		}
		token, err := stream.LoadToken(saved)
		if err != nil {
			return err
		}
		src, err := stream.NewRecords(feed, decoder, stream.Options{Resume: token})
		if err != nil {
			return err
		}
		for b, err := range src.Batches(context.Background()) {
			if err != nil {
				return err
			}
			fmt.Println("rows", b.Column(0))
			if err := stream.SaveToken(saved, src.Token()); err != nil {
				return err
			}
		}
		return nil
	}
	for _, more := range []string{"{\"id\":1}\n{\"id\":2}\n{\"id\"", ":3}\n{\"id\":4}\n"} {
		f, err := os.OpenFile(events, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = f.WriteString(more)
		_ = f.Close()
		if err == nil {
			err = read()
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// rows [1 2]
	// rows [3 4]
}

func ExampleStructs() {
	type point struct {
		X, Y int64
	}
	feed, err := stream.Lines(strings.NewReader("1 2\n3 4\noops\n5 6\n"), stream.LinesOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	decoder, err := stream.Structs(func(line []byte) (p point, err error) {
		_, err = fmt.Sscanf(string(line), "%d %d", &p.X, &p.Y)
		return p, err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	src, err := stream.NewRecords(feed, decoder, stream.Options{OnBad: func(record int64, _ error) error {
		fmt.Println("record", record, "is left out")
		return nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(context.Background()) {
		fmt.Println(b.Column(0), b.Column(1), err)
	}
	// Output:
	// record 3 is left out
	// [1 3 5] [2 4 6] <nil>
}
