package main

import (
	"bytes"
	"context"
	_ "embed"
	"math"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

//go:embed data/flights.parquet
var flightsParquet []byte

// flight is a row as the host knows it at departure. Its tags are the one place where the rules stand: ingestion, training, serving and monitoring all take them
// from here.
type flight struct {
	ID         int32     `ml:"name=id,role=key"`
	Time       time.Time `ml:"name=time,role=time"`
	Carrier    string    `ml:"name=carrier,oneof=9E|AA|AS|B6|DL|EV|F9|FL|HA|MQ|OO|UA|US|VX|WN|YV"`
	Origin     string    `ml:"name=origin,oneof=EWR|JFK|LGA"`
	Dest       string    `ml:"name=dest,pattern=[A-Z]{3}"`
	Distance   int32     `ml:"name=distance,unit=mile,min=1,max=6000"`
	SchedDep   int32     `ml:"name=sched_dep,unit=minute,min=0,max=1439"`
	SchedArr   int32     `ml:"name=sched_arr,unit=minute,min=0,max=1439"`
	DepDelay   int32     `ml:"name=dep_delay,unit=minute,min=-60,max=2880"`
	Temp       *float64  `ml:"name=temp,unit=F,min=-40,max=130"`
	WindSpeed  *float64  `ml:"name=wind_speed,unit=mph,min=0,max=150"`
	WindGust   *float64  `ml:"name=wind_gust,unit=mph,min=0,max=200"`
	Precip     *float64  `ml:"name=precip,unit=inch,min=0,max=10"`
	Pressure   *float64  `ml:"name=pressure,unit=mbar,min=850,max=1100"`
	Visib      *float64  `ml:"name=visib,unit=mile,min=0,max=10"`
	PlaneYear  *int32    `ml:"name=plane_year,min=1940,max=2030"`
	PlaneSeats *int32    `ml:"name=plane_seats,min=1,max=900"`
	Late       bool      `ml:"name=late,role=target"`
}

// openFlights returns the embedded flights under the rules of flight.
func openFlights(ctx context.Context) (dataset.Source, error) {
	file, err := parquet.NewSource(bytes.NewReader(flightsParquet), int64(len(flightsParquet)), parquet.Options{})
	if err != nil {
		return nil, err
	}
	schema, err := dataset.SchemaOf[flight]()
	if err != nil {
		return nil, err
	}
	columns, err := dataset.Select(ctx, file, schema.Names()...)
	if err != nil {
		return nil, err
	}
	return dataset.Map(columns, schema, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(schema) }), nil
}

// between returns the flights of some months of 2013, the first inclusive, the last exclusive.
func between(ctx context.Context, src dataset.Source, first, last time.Month) (dataset.Source, error) {
	at := func(m time.Month) dataset.Value {
		return dataset.NumberValue(float64(time.Date(2013, m, 1, 0, 0, 0, 0, time.UTC).UnixMicro()))
	}
	return dataset.Scan(ctx, src, dataset.ScanOptions{Filter: []dataset.Predicate{
		{Column: "time", Operator: dataset.GreaterEqual, Value: at(first)},
		{Column: "time", Operator: dataset.Less, Value: at(last)},
	}})
}

// readFlights returns the rows of src as structs.
func readFlights(ctx context.Context, src dataset.Source) ([]flight, error) {
	var out []flight
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		if out, err = dataset.ScanStructs(b, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// faults are rows that break one rule each, made of a good one.
func faults(good flight) []flight {
	endless, hot := math.Inf(1), 450.0
	bad := make([]flight, 8)
	for i := range bad {
		bad[i] = good
	}
	bad[0].Carrier = "ZZ"       // unseen
	bad[1].Origin = "JKF"       // misspelt
	bad[2].Distance = -5        // below its minimum
	bad[3].SchedDep = 2400      // above its maximum
	bad[4].Dest = "boston"      // against its pattern
	bad[5].Temp = &hot          // another unit: kelvins or a slip
	bad[6].WindSpeed = &endless // not finite
	bad[7].DepDelay = 100_000   // seconds for minutes
	return bad
}
