package parquet

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// dictionaries makes arrays of codes and a dictionary. A batch whose pages all have the codes of their chunk's dictionary shares it; for another one a dictionary of its
// own is made.
type dictionaries struct {
	dt    *arrow.DictionaryType
	words byteArrays[int32] // the chunk's dictionary, and pages without codes

	shared arrow.Array // the chunk's dictionary, once a batch has used it
	out    []uint32
	room   []uint32
	own    *ownWords // nil while the codes are those of the chunk's dictionary
	any    bool      // the batch has values
}

// ownWords is the dictionary of one batch.
type ownWords struct {
	codes map[string]uint32
	list  []string
}

func (o *ownWords) code(word string) uint32 {
	c, ok := o.codes[word]
	if !ok {
		c = uint32(len(o.list))
		o.codes[word] = c
		o.list = append(o.list, word)
	}
	return c
}

func (d *dictionaries) dictionary(w *worker, data []byte, n int) error {
	d.release()
	return d.words.dictionary(w, data, n)
}

func (d *dictionaries) release() {
	if d.shared != nil {
		d.shared.Release()
		d.shared = nil
	}
}

func (d *dictionaries) load(w *worker, e format.Encoding, data []byte, n int, coded bool) error {
	return d.words.load(w, e, data, n, coded)
}

func (d *dictionaries) start(s *arrays.Slab, n int, some bool) {
	d.out, d.room = begin(s, d.room, n, some)
	d.own, d.any = nil, false
}

func (d *dictionaries) take(w *worker, present int, valid []byte, off, n int) error {
	dst := d.out[off : off+n]
	fill := d.fillPlain
	if d.words.coded {
		fill = d.fillCoded
	}
	if err := fill(w, dst[:present]); err != nil {
		return err
	}
	d.any = d.any || present > 0
	if present < n {
		spreadBits(dst, present, valid, off)
	}
	return nil
}

func (d *dictionaries) fillCoded(_ *worker, dst []uint32) error {
	if err := d.words.codes.take(dst); err != nil {
		return err
	}
	dict := &d.words.dict
	for i, c := range dst {
		if int(c) >= len(dict.places) {
			return errCode
		}
		if d.own != nil {
			dst[i] = d.own.code(dict.word(c))
		}
	}
	return nil
}

func (d *dictionaries) fillPlain(w *worker, dst []uint32) error {
	if len(dst) == 0 {
		return nil
	}
	if d.own == nil {
		d.own = &ownWords{codes: map[string]uint32{}}
		if d.any { // rows before this page have the chunk's codes
			for c := range d.words.dict.places {
				word := d.words.dict.word(uint32(c))
				d.own.codes[word] = uint32(c)
				d.own.list = append(d.own.list, word)
			}
		}
	}
	d.words.start(nil, len(dst), true)
	if err := d.words.take(w, len(dst), nil, 0, len(dst)); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = d.own.code(string(d.words.data[d.words.offsets[i]:d.words.offsets[i+1]]))
	}
	return nil
}

func (d *dictionaries) skip(w *worker, present int) error { return d.words.skip(w, present) }

func (d *dictionaries) finish(mem memory.Allocator, v validity, keep []int32) (arrow.Array, error) {
	codes := arrayOf(arrow.PrimitiveTypes.Int32, mem, v, arrow.GetBytes(kept(d.out, keep)))
	defer codes.Release()
	d.out = nil
	if d.own != nil || !d.any {
		var list []string
		if d.own != nil {
			list = d.own.list
		}
		words := wordsOf(mem, list)
		defer words.Release()
		return array.NewDictionaryArray(d.dt, codes, words), nil
	}
	if d.shared == nil {
		list := make([]string, len(d.words.dict.places))
		for c := range list {
			list[c] = d.words.dict.word(uint32(c))
		}
		d.shared = wordsOf(mem, list)
	}
	return array.NewDictionaryArray(d.dt, codes, d.shared), nil
}

func wordsOf(mem memory.Allocator, list []string) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.AppendValues(list, nil)
	return b.NewArray()
}

// word returns value c, which the caller may keep.
func (d *wordList) word(c uint32) string {
	p := d.places[c]
	return string(d.data[p.at : p.at+p.n])
}
