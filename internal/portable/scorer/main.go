// Scorer is a small program around a sealed model: it opens a bundle, which checks itself, and checks and scores a row. Its size is what a host pays for that.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/validate"
)

type payment struct {
	Amount  float64  `ml:"name=amount"`
	Tenure  *float64 `ml:"name=tenure"`
	Country string   `ml:"name=country"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a program of its own
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 3 {
		return fmt.Errorf("scorer: want a bundle, an amount and a country, got %d arguments", len(args))
	}
	amount, err := strconv.ParseFloat(args[1], 64)
	if err != nil {
		return err
	}
	b, err := registry.ReadFile(args[0])
	if err != nil {
		return err
	}
	reader, err := dataset.NewRowReader[payment](b.Schema())
	if err != nil {
		return err
	}
	checks, err := validate.New(b.Schema(), validate.ValidatorOptions{Reference: b.Profile()})
	if err != nil {
		return err
	}
	row := dataset.NewRow(b.Schema())
	reader.Read(&payment{Amount: amount, Country: args[2]}, row)
	var found validate.RowResult
	if checks.CheckRow(row, &found); !found.OK() {
		return fmt.Errorf("scorer: row refused: %s", found.Findings[0].Rule)
	}
	var answer model.Output
	b.Predictor().NewRowScorer().Score(row, &answer)
	_, err = fmt.Fprintf(out, "%s %.3f\n", answer.Prediction.Text, answer.Probability)
	return err
}
