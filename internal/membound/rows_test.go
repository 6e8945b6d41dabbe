//go:build linux

package membound_test

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// layout is the rows of a file: its header, and how row i is written.
type layout struct {
	header string
	row    func(b []byte, i int, r *rand.Rand) []byte
}

// wide is 23 columns, about 195 bytes a row: whole numbers, decimal numbers, booleans, texts of 30 to millions of values, one of them in quotes with quotes and
// commas inside, a date, a time, a class, and a model's answers for it. Four columns have nulls.
func wide() layout {
	return layout{"id,store,quantity,clicks,age,price,discount,rating,weight,latitude,longitude,signal,member,country,city,product,note,channel,day,at," +
		"bought,guess,chance_yes\n", wideRow}
}

// notFeatures are the columns of wide that are no features of bought.
const notFeatures = "id,note,guess,chance_yes"

// narrow is four columns, about 30 bytes a row, so that few bytes hold many rows. No text comes twice.
func narrow() layout { return layout{"price,signal,note,bought\n", narrowRow} }

func narrowRow(b []byte, _ int, r *rand.Rand) []byte {
	price, signal := 500*r.Float64(), r.NormFloat64()
	b = append(strconv.AppendFloat(b, price, 'f', 2, 64), ',')
	if r.IntN(20) > 0 {
		b = strconv.AppendFloat(b, signal, 'f', 6, 64)
	}
	b = strconv.AppendInt(append(b, ",n"...), r.Int64N(1e15), 10)
	if 0.006*price+signal+r.NormFloat64() > 1.5 {
		return append(b, ",yes\n"...)
	}
	return append(b, ",no\n"...)
}

func wideRow(b []byte, i int, r *rand.Rand) []byte {
	whole := func(v int) { b = append(strconv.AppendInt(b, int64(v), 10), ',') }
	decimal := func(v float64, digits int) { b = append(strconv.AppendFloat(b, v, 'f', digits, 64), ',') }
	code := func(prefix string, v int) { b = append(strconv.AppendInt(append(b, prefix...), int64(v), 10), ',') }
	clicks, price, discount, signal := r.IntN(1000), 500*r.Float64(), r.Float64(), r.NormFloat64()
	whole(i)
	whole(r.IntN(400))
	whole(1 + r.IntN(12))
	if r.IntN(10) > 0 {
		b = strconv.AppendInt(b, int64(clicks), 10)
	}
	b = append(b, ',')
	whole(18 + r.IntN(70))
	decimal(price, 2)
	decimal(discount, 2)
	if r.IntN(5) > 0 {
		b = strconv.AppendFloat(b, 5*r.Float64(), 'f', 1, 64)
	}
	b = append(b, ',')
	decimal(r.ExpFloat64(), 6)
	decimal(180*r.Float64()-90, 6)
	decimal(360*r.Float64()-180, 6)
	if r.IntN(20) > 0 {
		b = strconv.AppendFloat(b, signal, 'f', 6, 64)
	}
	b = append(b, ',')
	b = append(strconv.AppendBool(b, r.IntN(3) == 0), ',')
	code("C", r.IntN(30))
	code("city-", r.IntN(500))
	code("product-", r.IntN(5000))
	b = append(b, `"order `...)
	b = strconv.AppendInt(b, r.Int64N(1e9), 10)
	b = append(b, `, left at ""door`...)
	b = strconv.AppendInt(b, int64(r.IntN(90)), 10)
	b = append(b, `""",`...)
	b = append(b, [...]string{"web,", "shop,", "phone,", "partner,", ","}[r.IntN(5)]...)
	at := time.Unix(1_700_000_000+int64(i)*7, 0).UTC()
	b = append(at.AppendFormat(b, time.DateOnly), ',')
	b = append(at.AppendFormat(b, "2006-01-02T15:04:05"), ',')
	margin := 0.004*float64(clicks) - 0.006*price + 2*discount + signal - 1
	p := 1 / (1 + math.Exp(-margin))
	answer := func(yes bool) {
		if yes {
			b = append(b, "yes,"...)
		} else {
			b = append(b, "no,"...)
		}
	}
	answer(r.Float64() < p)
	answer(p > 0.5)
	return append(strconv.AppendFloat(b, p, 'f', 6, 64), '\n')
}

// chunkRows is how many rows come from one stream of random numbers.
const chunkRows = 4096

// write makes a file of at least size bytes and returns its path and its rows. A chunk comes from the seed and its first row alone.
func write(t *testing.T, path string, l layout, size int64, seed uint64) (rows int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString(l.header)
	var row []byte
	for written := int64(0); written < size; {
		r := rand.New(rand.NewPCG(seed, uint64(rows)))
		for range chunkRows {
			row = l.row(row[:0], rows, r)
			rows++
			written += int64(len(row))
			_, _ = w.Write(row)
		}
	}
	if err := w.Flush(); err != nil { // which has the first error of the writes too
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return rows
}
