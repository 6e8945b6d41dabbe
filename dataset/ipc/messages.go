package ipc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/klauspost/compress/zstd"

	"github.com/tidewheel/tidewheel/dataset"
)

// messages gives the library the messages of the wanted columns, each checked: the schema message first, and of every batch the wanted buffers alone. It implements
// ipc.MessageReader.
type messages struct {
	frames frames
	layout *layout
	want   []bool // of the columns of the layout
	schema []byte // the message of the wanted columns, nil once it was given
	ids    map[int64]bool
	limit  int64
	keep   func(bool) // says whether the memory for the next message outlives its batch
	delta  bool       // there was one since the last batch: the library joins it to its dictionary when it reads the next
	last   *ipc.Message
	err    error // what ended the messages
}

// Retain implements ipc.MessageReader.
func (m *messages) Retain() {}

// Release implements ipc.MessageReader.
func (m *messages) Release() { m.drop() }

func (m *messages) drop() {
	if m.last != nil {
		m.last.Release()
		m.last = nil
	}
}

// Message implements ipc.MessageReader. The message is valid until the next call.
func (m *messages) Message() (*ipc.Message, error) {
	m.drop()
	f := frame{meta: m.schema}
	if f.meta == nil {
		if f, m.err = m.wanted(); m.err != nil {
			return nil, m.err
		}
	}
	m.schema = nil
	m.last = ipc.NewMessage(memory.NewBufferBytes(f.meta), memory.NewBufferBytes(f.body))
	return m.last, nil
}

// wanted returns the next message that the wanted columns need.
func (m *messages) wanted() (frame, error) {
	for {
		f, err := m.frames.next()
		if err != nil {
			return f, err
		}
		keep, err := m.prepare(&f)
		if err != nil {
			return f, fmt.Errorf("message at byte %d: %w", f.at, err)
		}
		if keep {
			return f, nil
		}
	}
}

// prepare checks a message and takes out of it what is not wanted.
func (m *messages) prepare(f *frame) (keep bool, err error) {
	p := &parts{flat: flat{b: f.meta}, body: f.body, limit: m.limit}
	at, kind, err := header(&p.flat)
	if err != nil {
		return false, err
	}
	switch kind {
	case headerBatch:
		m.keep(m.delta)
		m.delta = false
		err = p.find(at)
		if err == nil {
			err = p.narrow(m.layout, m.want)
		}
	case headerDictionary:
		if !m.ids[p.fieldInt64(at, dictionaryID)] {
			return false, nil
		}
		m.keep(true)
		m.delta = m.delta || p.fieldByte(at, dictionaryDelta) != 0
		err = p.find(p.table(at, dictionaryData))
	default:
		return false, formatError("", "a record batch or a dictionary", fmt.Sprintf("message type %d", kind))
	}
	if err == nil {
		err = p.decompress()
	}
	f.body = p.body
	return true, err
}

// parts are those of the record batch in a message.
type parts struct {
	flat
	body           []byte
	limit          int64
	batch          int
	rows           int64
	nodes, buffers int // where the vectors start
	nNodes         int
	nBuffers       int
}

func (p *parts) find(batch int) error {
	p.batch = batch
	p.rows = p.fieldInt64(batch, batchLength)
	p.nodes, p.nNodes = p.vector(batch, batchNodes, 16)
	p.buffers, p.nBuffers = p.vector(batch, batchBuffers, 16)
	if batch == 0 || p.bad {
		return errFlat
	}
	if p.rows < 0 || p.rows > math.MaxInt32 {
		return formatError("", "0 to 2^31-1 rows", fmt.Sprint(p.rows))
	}
	return nil
}

// narrow moves the nodes and buffers of the wanted columns to the front.
func (p *parts) narrow(l *layout, want []bool) error {
	node, buffer, view := 0, 0, 0
	keptNodes, keptBuffers := 0, 0
	counts, nCounts := p.vector(p.batch, batchVariadic, 8)
	for i, c := range l.columns {
		buffers := c.buffers
		for range c.views {
			if view >= nCounts {
				return formatError(c.name, "a number of buffers for each view", "none")
			}
			n := p.int64(counts + 8*view)
			if n < 0 || n > int64(p.nBuffers) {
				return formatError(c.name, "buffers of a view in the batch", "more")
			}
			buffers += int(n)
			view++
		}
		if node+c.nodes > p.nNodes || buffer+buffers > p.nBuffers {
			return formatError(c.name, "nodes and buffers of every column", fmt.Sprintf("%d and %d in all", p.nNodes, p.nBuffers))
		}
		if n := p.int64(p.nodes + 16*node); n != p.rows {
			return formatError(c.name, fmt.Sprintf("%d rows, as the batch", p.rows), fmt.Sprint(n))
		}
		if want[i] {
			copy(p.at(p.nodes+16*keptNodes, 16*c.nodes), p.at(p.nodes+16*node, 16*c.nodes))
			copy(p.at(p.buffers+16*keptBuffers, 16*buffers), p.at(p.buffers+16*buffer, 16*buffers))
			keptNodes += c.nodes
			keptBuffers += buffers
		}
		node += c.nodes
		buffer += buffers
	}
	if p.nNodes > 0 {
		p.putInt32(p.nodes-4, keptNodes)
	}
	if p.nBuffers > 0 {
		p.putInt32(p.buffers-4, keptBuffers)
	}
	p.nNodes, p.nBuffers = keptNodes, keptBuffers
	if p.bad {
		return errFlat
	}
	return nil
}

// Codecs of bodies, by their number.
const (
	codecLZ4  = 0
	codecZstd = 1
)

// decompress checks that every buffer is within the body, decompresses those of Zstandard, whose frames can ask for more memory than they fill, and checks what
// those of LZ4 announce.
func (p *parts) decompress() error {
	codec := -1
	if c := p.table(p.batch, batchCompression); c > 0 {
		codec = p.fieldByte(c, 0)
		if method := p.fieldByte(c, 1); method != 0 || codec > codecZstd {
			return fmt.Errorf("compression %d with method %d: %w", codec, method, dataset.ErrUnsupported)
		}
	}
	var out []byte
	var decoder *zstd.Decoder
	if codec == codecZstd {
		var err error
		if decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
			return err
		}
		defer decoder.Close()
	}
	for i := range p.nBuffers {
		at := p.buffers + 16*i
		from, n := p.int64(at), p.int64(at+8)
		if p.bad || from < 0 || n < 0 || from > int64(len(p.body))-n {
			return formatError("", fmt.Sprintf("buffers within a body of %d bytes", len(p.body)), "others")
		}
		if codec < 0 || n == 0 {
			continue
		}
		b := p.body[from : from+n]
		size, err := announced(b, codec, p.limit)
		if err != nil {
			return err
		}
		if codec == codecLZ4 {
			continue
		}
		if int64(len(out))+size > p.limit {
			return fmt.Errorf("a batch of more than %d bytes: %w", p.limit, dataset.ErrLimit)
		}
		p.putInt64(at, int64(len(out)))
		p.putInt64(at+8, size)
		if out, err = inflate(decoder, out, b, size); err != nil {
			return err
		}
	}
	if codec == codecZstd {
		p.body = out
		copy(p.at(p.slot(p.batch, batchCompression), 2), []byte{0, 0})
	}
	if p.bad {
		return errFlat
	}
	return nil
}

// stored says that a buffer of a compressed body is not compressed.
const stored = math.MaxUint64

// announced returns the size of a compressed buffer's content, which stands before it, when so many bytes can hold it.
func announced(b []byte, codec int, limit int64) (int64, error) {
	if len(b) < 8 {
		return 0, formatError("", "compressed buffers of at least 8 bytes", fmt.Sprint(len(b)))
	}
	n, most := binary.LittleEndian.Uint64(b), uint64(len(b))*255 // an LZ4 byte stands for at most 255
	if codec == codecZstd {
		most = uint64(len(b)) << 15 // a block of 4 bytes can stand for 128 KiB
	}
	switch {
	case n == stored:
		return int64(len(b) - 8), nil
	case n > uint64(limit):
		return 0, fmt.Errorf("a buffer of %d bytes, want at most %d: %w", n, limit, dataset.ErrLimit)
	case n > most:
		return 0, formatError("", "compressed buffers with the content that they announce", fmt.Sprintf("%d bytes for %d", len(b), n))
	}
	return int64(n), nil
}

// inflate appends the size bytes of a buffer's content.
func inflate(d *zstd.Decoder, dst, b []byte, size int64) ([]byte, error) {
	start := len(dst)
	dst = slices.Grow(dst, int(size))
	if binary.LittleEndian.Uint64(b) == stored {
		return append(dst, b[8:]...), nil
	}
	got, err := d.DecodeAll(b[8:], dst[start:start:start+int(size)])
	if err == nil && int64(len(got)) != size {
		err = errors.New("another size")
	}
	if err != nil {
		return dst, formatError("", fmt.Sprintf("a Zstandard frame of %d bytes", size), err.Error())
	}
	return dst[:start+int(size)], nil
}

var _ ipc.MessageReader = (*messages)(nil)

// isEnd reports whether the messages ended as they should.
func (m *messages) isEnd() bool { return errors.Is(m.err, io.EOF) }
