package sketch

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/axiomhq/hyperloglog"
)

const (
	// DistinctExact is the number of distinct values up to which Distinct counts exactly (but for a 64-bit hash collision, about 3 in 10^14).
	DistinctExact = 1024
	// DistinctError is the standard error of the estimate beyond DistinctExact, as a share of the true number: 1.04/√16384. For
	// 95 % of columns the estimate is within 1.6 %, for 98.5 % within 2 %.
	DistinctError = 0.0082

	precision    = 14
	registers    = 1 << precision
	maxRegister  = 64 - precision + 1
	firstSlots   = 64
	libraryHead  = 8  // bytes before the registers in the library's dense form
	exceptionTag = 15 // a packed register that does not fit four bits
	formExact    = 0
	formDense    = 1
)

// Distinct counts distinct values of any type by their hashes. Up to DistinctExact it keeps the hashes themselves, beyond it goes over to
// HyperLogLog with 16,384 registers (github.com/axiomhq/hyperloglog), about 8.3 KB written. The result depends on the set of
// values only, not on their order or on how they were merged. The zero value is empty and ready to use; do not copy one in use.
type Distinct struct {
	slots []uint64 // open addressing, power of two, 0 is free
	n     int
	dense *hyperloglog.Sketch // nil in the exact phase
}

// AddFloat64 takes a number; -0 equals +0, and all NaN are one value.
func (d *Distinct) AddFloat64(x float64) { d.AddHash(HashFloat64(x)) }

// AddString takes a string. It does not keep it.
func (d *Distinct) AddString(s string) { d.AddHash(HashString(s)) }

// AddHash takes the hash of a value; the hash must be uniform over 64 bits and the same function for every value and every sketch to be merged.
func (d *Distinct) AddHash(h uint64) {
	if h == 0 {
		h = 1 // 0 marks a free slot
	}
	if d.dense != nil {
		d.dense.InsertHash(h)
		return
	}
	if 2*d.n >= len(d.slots) && len(d.slots) < 2*DistinctExact {
		d.grow()
	}
	at := d.find(h)
	if d.slots[at] == h {
		return
	}
	if d.n == DistinctExact {
		d.toDense()
		d.dense.InsertHash(h)
		return
	}
	d.slots[at] = h
	d.n++
}

// find returns the slot of h, or the free slot where it belongs.
func (d *Distinct) find(h uint64) int {
	mask := len(d.slots) - 1
	at := int(h>>32) & mask
	for d.slots[at] != 0 && d.slots[at] != h {
		at = (at + 1) & mask
	}
	return at
}

func (d *Distinct) grow() {
	old := d.slots
	d.slots = make([]uint64, max(firstSlots, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			d.slots[d.find(h)] = h
		}
	}
}

func (d *Distinct) toDense() {
	// The precision is in the library's range, so it has no error to return.
	d.dense, _ = hyperloglog.NewSketch(precision, false)
	for _, h := range d.slots {
		if h != 0 {
			d.dense.InsertHash(h)
		}
	}
	clear(d.slots)
	d.n = 0
}

// Merge adds the values that o has seen. o is not changed.
func (d *Distinct) Merge(o *Distinct) {
	if o.dense == nil {
		for _, h := range o.slots {
			if h != 0 {
				d.AddHash(h)
			}
		}
		return
	}
	if d.dense == nil {
		d.toDense()
	}
	// Both have the same precision, the only thing that can differ.
	_ = d.dense.Merge(o.dense)
}

// Exact reports whether Estimate is a count.
func (d *Distinct) Exact() bool { return d.dense == nil }

// Estimate returns the number of distinct values: exact while Exact, else with standard error DistinctError.
func (d *Distinct) Estimate() uint64 {
	if d.dense == nil {
		return uint64(d.n)
	}
	// A dense sketch is not changed by Estimate. It stands for more than DistinctExact values, whatever the registers say.
	return max(DistinctExact+1, d.dense.Estimate())
}

// MarshalBinary returns the canonical form: 8 bytes a value while Exact, then about 8.3 KB.
func (d *Distinct) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

// AppendBinary appends the canonical form to dst. The error is one of the library's encoder, which has none for these sketches.
func (d *Distinct) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, kindDistinct, formVersion)
	if d.dense == nil {
		dst = append(dst, formExact)
		dst = appendUint16(dst, uint16(d.n))
		hashes := make([]uint64, 0, d.n)
		for _, h := range d.slots {
			if h != 0 {
				hashes = append(hashes, h)
			}
		}
		slices.Sort(hashes)
		for _, h := range hashes {
			dst = appendUint64(dst, h)
		}
		return dst, nil
	}
	raw, err := d.dense.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return packRegisters(append(dst, formDense), raw[libraryHead:]), nil
}

// packRegisters writes registers in four bits each above their smallest, base: 0 to 14 is base to base+14, and 15 is an exception whose value
// follows all of them, one byte each in order of the registers.
func packRegisters(dst, regs []byte) []byte {
	base := slices.Min(regs)
	dst = append(dst, base)
	code := func(r byte) byte { return min(r-base, exceptionTag) }
	for i := 0; i < len(regs); i += 2 {
		dst = append(dst, code(regs[i])|code(regs[i+1])<<4)
	}
	for _, r := range regs {
		if code(r) == exceptionTag {
			dst = append(dst, r)
		}
	}
	return dst
}

func unpackRegisters(r *reader, regs []byte) {
	base := r.byte()
	packed := r.bytes(len(regs) / 2)
	if r.err != nil {
		return
	}
	for i, b := range packed {
		regs[2*i], regs[2*i+1] = b&15, b>>4
	}
	smallest := byte(255)
	for i, c := range regs {
		v := c + base
		if c == exceptionTag {
			v = r.byte()
			if r.err == nil && (v < base || v-base < exceptionTag) {
				r.fail("a register is an exception without need")
			}
		}
		if v > maxRegister {
			r.fail("a register is out of range")
		}
		if r.err != nil {
			return
		}
		smallest = min(smallest, v)
		regs[i] = v
	}
	if smallest != base {
		r.fail("base is not the smallest register")
	}
}

// UnmarshalBinary replaces d with the state in data, or leaves d as it is and returns an error that is ErrDecode.
func (d *Distinct) UnmarshalBinary(data []byte) error {
	r := newReader("distinct", kindDistinct, data)
	var v Distinct
	switch form := r.byte(); {
	case r.err != nil:
	case form == formExact:
		v.readHashes(r)
	case form == formDense:
		v.readRegisters(r)
	default:
		r.fail("unknown form")
	}
	if err := r.end(); err != nil {
		return err
	}
	*d = v
	return nil
}

func (d *Distinct) readHashes(r *reader) {
	n := int(r.uint16())
	if n > DistinctExact {
		r.fail("too many hashes")
	}
	if r.err == nil && len(r.data) < 8*n {
		r.fail("too short")
	}
	if r.err != nil {
		return
	}
	if n > 0 {
		d.slots = make([]uint64, max(firstSlots, 1<<bits.Len(uint(2*n-1))))
	}
	last := uint64(0)
	for range n {
		h := r.uint64()
		if h <= last {
			r.fail("hashes are not ascending")
			return
		}
		last = h
		d.slots[d.find(h)] = h
		d.n++
	}
}

func (d *Distinct) readRegisters(r *reader) {
	raw := make([]byte, libraryHead+registers)
	unpackRegisters(r, raw[libraryHead:])
	if r.err != nil {
		return
	}
	copy(raw, []byte{2, precision, 0, 0}) // the library's version 2, dense
	binary.BigEndian.PutUint32(raw[4:], registers)
	d.dense = new(hyperloglog.Sketch)
	if err := d.dense.UnmarshalBinary(raw); err != nil {
		r.fail("registers refused")
	}
}
