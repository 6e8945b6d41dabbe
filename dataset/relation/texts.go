package relation

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// DedupeTextsOptions says which texts DedupeTexts takes for the same. Column is required.
type DedupeTextsOptions struct {
	Column    string           // column of text
	Threshold float64          // least estimated similarity of two texts that count as one, 0.5 to 1; 0 is 0.8
	Shingle   int              // characters of a shingle, 1 to 100; 0 is 5
	Seed      uint64           // of the hash functions
	MaxTexts  int              // most texts that are kept, of about 1.5 KB each; 0 is 1 million
	Allocator memory.Allocator // for the batches; nil is Go's
}

// The signature of a text: 128 minima, in 32 bands of 4.
const (
	minima   = 128
	bandRows = 4
	bands    = minima / bandRows
)

// DedupeTexts returns the rows of src without those whose text is nearly the same as that of a row that was kept before, in src's order. A null is like no other text.
//
// The similarity of two texts is that of their sets of shingles, all runs of Shingle characters, in common divided by in all (Jaccard). A text that is shorter is one shingle. Nothing is normalised: fold case and
// spaces before, with dataset.Map, where they should not count. The similarity is estimated by MinHash from 128 hash functions, with a standard error of sqrt(s(1-s)/128), 0.035 at 0.8. Only texts
// that agree in one of 32 bands of 4 minima are compared, as two texts of similarity s do with a probability of 1-(1-s⁴)³²: 0.87 at 0.5, 0.988 at 0.6 and above 0.9999 from 0.72 on. So some pairs near the threshold are
// taken for the same that are not, and the other way round; equal texts always are the same.
//
// The result depends on rows and Seed alone. It reads src once and streams; with more than MaxTexts kept texts a range ends with dataset.ErrLimit. It can be ranged as often, and as
// concurrently, as src. It errors with ErrSchema for a column that is no text, and with *dataset.OptionError for bad options.
//
// Source: Broder (1997), "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4.
func DedupeTexts(src dataset.Source, o DedupeTextsOptions) (*Deduped, error) {
	bad := func(field, value, want string) error {
		return fmt.Errorf("relation: dedupe texts: %w", &dataset.OptionError{Field: "relation.DedupeTextsOptions." + field, Value: value, Want: want})
	}
	if o.Threshold == 0 {
		o.Threshold = 0.8
	}
	if o.Shingle == 0 {
		o.Shingle = 5
	}
	if o.MaxTexts == 0 {
		o.MaxTexts = 1_000_000
	}
	switch {
	case !(o.Threshold >= 0.5 && o.Threshold <= 1):
		return nil, bad("Threshold", strconv.FormatFloat(o.Threshold, 'g', -1, 64), "0.5 to 1")
	case o.Shingle < 0 || o.Shingle > 100:
		return nil, bad("Shingle", strconv.Itoa(o.Shingle), "1 to 100")
	case o.MaxTexts < 0 || o.MaxTexts > math.MaxInt32/bands:
		return nil, bad("MaxTexts", strconv.Itoa(o.MaxTexts), fmt.Sprintf("0 to %d", math.MaxInt32/bands))
	}
	f, ok := src.Schema().Lookup(o.Column)
	if !ok || !f.Type.IsText() {
		got := "no such column"
		if ok {
			got = "type " + string(f.Type)
		}
		return nil, fmt.Errorf("relation: dedupe texts: %w", &dataset.SchemaError{Column: o.Column, Want: "a column of text", Got: got})
	}
	return &Deduped{src: src, run: o.run}, nil
}

func (o DedupeTextsOptions) run(ctx context.Context, d *Deduped, yield func(dataset.Batch, error) bool) (l Ledger, err error) {
	t := o.newTexts()
	var keep []bool
	for b, err := range d.src.Batches(ctx) {
		if err != nil {
			return l, err
		}
		column, err := b.ByName(o.Column)
		if err != nil {
			return l, err
		}
		texts, err := dataset.NewTexts(column)
		if err != nil {
			return l, err
		}
		keep = slices.Grow(keep[:0], b.NumRows())[:b.NumRows()]
		for i := range keep {
			if keep[i] = texts.IsNull(i) || t.isNew(texts.Value(i)); keep[i] {
				l.Kept++
			}
			if i%1024 == 1023 && ctx.Err() != nil {
				return l, fmt.Errorf("relation: dedupe texts: %w", ctx.Err())
			}
		}
		if t.kept() > o.MaxTexts {
			return l, fmt.Errorf("relation: dedupe texts: more than %d kept texts: %w", o.MaxTexts, dataset.ErrLimit)
		}
		l.Rows += int64(len(keep))
		if more, err := passOn(o.Allocator, b, keep, yield); !more {
			return l, err
		}
	}
	return l, nil
}

// texts are the signatures of the kept texts.
type texts struct {
	shingle    int
	least      int // equal minima of texts that count as one
	mul, add   [minima]uint64
	signatures []uint32
	first      map[uint64]int32 // of a band's minima: the text and band that had them last, as text·bands+band
	next       []int32          // of a text's band, the one that had its minima before, or -1
	compared   []int32          // of a text, the number of the text that it was last compared with
	seen       int32
	current    [minima]uint32
	starts     []int // of the characters of a text
}

func (o DedupeTextsOptions) newTexts() *texts {
	t := &texts{shingle: o.Shingle, least: int(math.Ceil(o.Threshold * minima)), first: make(map[uint64]int32)}
	random := rand.New(rand.NewPCG(o.Seed, 0x7e87))
	for i := range minima {
		t.mul[i], t.add[i] = random.Uint64()|1, random.Uint64()
	}
	return t
}

func (t *texts) kept() int { return len(t.compared) }

// isNew reports whether no kept text is nearly v, and keeps v then.
func (t *texts) isNew(v string) bool {
	t.sign(v)
	t.seen++
	var keys [bands]uint64
	for band := range bands {
		key := uint64(band)
		for _, m := range t.current[band*bandRows:][:bandRows] {
			key = mix(key ^ uint64(m))
		}
		keys[band] = key
		at, ok := t.first[key]
		if !ok {
			continue
		}
		for ; at >= 0; at = t.next[at] {
			text := at / bands
			if t.compared[text] == t.seen {
				continue
			}
			if t.compared[text] = t.seen; t.same(t.signatures[int(text)*minima:][:minima]) {
				return false
			}
		}
	}
	text := int32(len(t.compared))
	t.compared = append(t.compared, 0)
	t.signatures = append(t.signatures, t.current[:]...)
	for band, key := range keys {
		before, ok := t.first[key]
		if !ok {
			before = -1
		}
		t.next = append(t.next, before)
		t.first[key] = text*bands + int32(band)
	}
	return true
}

func (t *texts) same(signature []uint32) bool {
	n := 0
	for i, m := range signature {
		if m == t.current[i] {
			n++
		}
	}
	return n >= t.least
}

// sign writes the minima of v's shingles into current.
func (t *texts) sign(v string) {
	t.starts = t.starts[:0]
	for at := 0; at < len(v); { // bytes that are no characters are one each
		t.starts = append(t.starts, at)
		_, n := utf8.DecodeRuneInString(v[at:])
		at += n
	}
	t.starts = append(t.starts, len(v))
	for i := range t.current {
		t.current[i] = math.MaxUint32
	}
	for i := 0; i == 0 || i+t.shingle < len(t.starts); i++ {
		h := hash(v[t.starts[i]:t.starts[min(i+t.shingle, len(t.starts)-1)]])
		for j := range t.current {
			t.current[j] = min(t.current[j], uint32((h*t.mul[j]+t.add[j])>>32))
		}
	}
}

// hash is FNV-1a with the finalizer of SplitMix64.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
