package arff_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/arff"
)

const weather = `@relation weather
@attribute outlook {sunny, overcast, rainy}
@attribute temperature real
@attribute day date "dd.MM.yyyy"
@data
sunny, 29.5, 01.07.2024
rainy, ?, 02.07.2024
`

func ExampleNewSource() {
	src, err := arff.NewSource(strings.NewReader(weather), arff.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range src.Schema().Fields() {
		fmt.Println(f.Name, f.Type, f.OneOf)
	}
	// Output:
	// outlook dictionary [sunny overcast rainy]
	// temperature float64 []
	// day date32 []
}

func ExampleCreate() {
	type day struct {
		Outlook     string `ml:"oneof=sunny|rainy"`
		Temperature *float64
	}
	warm := 29.5
	src, err := dataset.FromStructs([]day{{"sunny", &warm}, {"rainy", nil}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weather.arff")
	sink, err := arff.Create(path, src.Schema(), arff.WriteOptions{Relation: "weather"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	if _, err := dataset.Copy(context.Background(), sink, src); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(path)
	fmt.Print(string(text), err)
	// Output:
	// @relation weather
	// @attribute Outlook {sunny,rainy}
	// @attribute Temperature numeric
	// @data
	// sunny,29.5
	// rainy,?
	// <nil>
}

func ExampleSource_Batches() {
	src, err := arff.NewSource(strings.NewReader(weather+"stormy, 12, 03.07.2024\n"), arff.Options{BatchRows: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.Column(1), b.NumRows())
	}
	// Output:
	// [29.5 (null)] 2
	// arff: read reader: arff: line 8: column "outlook": want one of the declared values, got another
}
