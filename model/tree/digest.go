package tree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// digestOptions returns the digest of all that decides a training besides its rows, the number of trees and the workers. Of the host's own functions only the types
// can be told.
func (o BoostingOptions) digestOptions(p model.Problem, source *matrix.Table, before *earlier) (string, error) {
	var h bytes.Buffer
	custom, metric, sampling, dropping := o.Custom, o.Metric, o.GOSS, o.Dart
	o.Trees, o.Workers, o.Custom, o.Metric, o.OnRound, o.Continue, o.GOSS, o.Dart, o.Checkpoint = 0, 0, nil, nil, nil, nil, nil, nil, CheckpointOptions{}
	fmt.Fprintf(&h, "%+v\n%T %T\n", o, custom, metric) // maps are printed in the order of their keys
	if sampling != nil {
		fmt.Fprintf(&h, "goss %+v\n", *sampling)
	}
	if dropping != nil {
		fmt.Fprintf(&h, "dart %+v\n", *dropping)
	}
	fmt.Fprintf(&h, "%+v\n", p)
	for i := range source.Columns {
		c := &source.Columns[i]
		fmt.Fprintf(&h, "%q %s %q\n", c.Field.Name, c.Field.Type, c.Vocabulary)
	}
	if before != nil {
		text, err := before.plan.Encode()
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	sum := sha256.Sum256(h.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// digestData returns the digest of the binned rows and their labels.
func (t *trainer) digestData(ctx context.Context) (string, error) {
	d := digester{Hash: sha256.New()}
	for _, b := range t.ensemble.binners {
		d.count(len(b.bounds), len(b.binOf), len(b.category))
		d.floats(b.bounds)
		for _, v := range b.binOf {
			d.word(uint64(v))
		}
		for _, c := range b.category {
			d.word(uint64(uint32(c)))
		}
	}
	for _, w := range [2]words{t.words, t.validWords} {
		d.count(len(w))
		for _, group := range w {
			d.count(len(group))
			for lo := 0; lo < len(group); lo += chunkRows {
				if err := ctx.Err(); err != nil {
					return "", err
				}
				for _, v := range group[lo:min(lo+chunkRows, len(group))] {
					d.word(v)
				}
			}
		}
	}
	d.labels(&t.train)
	if t.valid != nil {
		d.labels(t.valid)
	}
	d.flush()
	return hex.EncodeToString(d.Sum(nil)), ctx.Err()
}

// digester is a hash of numbers.
type digester struct {
	hash.Hash
	buffer [1 << 12]byte
	used   int
}

func (d *digester) word(v uint64) {
	if d.used == len(d.buffer) {
		d.flush()
	}
	binary.LittleEndian.PutUint64(d.buffer[d.used:], v)
	d.used += 8
}

func (d *digester) flush() {
	d.Write(d.buffer[:d.used])
	d.used = 0
}

func (d *digester) count(n ...int) {
	for _, v := range n {
		d.word(uint64(v))
	}
}

func (d *digester) floats(v []float64) {
	d.count(len(v))
	for _, x := range v {
		d.word(math.Float64bits(x))
	}
}

func (d *digester) labels(l *labels) {
	d.floats(l.value)
	d.floats(l.weight)
	d.count(len(l.class), l.classes, len(l.offset), len(l.group))
	for _, codes := range [2][]int32{l.class, l.group} {
		for _, c := range codes {
			d.word(uint64(uint32(c)))
		}
	}
	for _, o := range l.offset {
		d.floats(o)
	}
}
