package ipc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
)

// magic starts and ends a file.
const magic = "ARROW1"

// frame is one message: its metadata and its body, and where it starts.
type frame struct {
	meta, body []byte
	at         int64
}

// frames gives the messages of a file or stream in order; the error is io.EOF at the end.
type frames interface{ next() (frame, error) }

// limits are those of Options.
type limits struct{ metadata, batch int64 }

// stream reads the messages of a stream.
type stream struct {
	r     io.Reader
	at    int64
	size  int64 // of the stream, -1 when it is not known
	limit limits
}

// read reads n bytes. Memory grows with what comes and not with what was announced, unless the size shows that so much can come.
func (s *stream) read(n int64, what string) ([]byte, error) {
	cut := func(got int64) error {
		return formatError("", fmt.Sprintf("%d bytes of %s at byte %d", n, what, s.at), fmt.Sprintf("the end of the data after %d", got))
	}
	if s.size >= 0 && n > s.size-s.at {
		return nil, cut(s.size - s.at)
	}
	b := make([]byte, 0, min(n, 1<<20))
	if s.size >= 0 {
		b = make([]byte, 0, n)
	}
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(n, 2*int64(cap(b)))), b...)
		}
		k, err := io.ReadFull(s.r, b[len(b):cap(b)])
		b = b[:len(b)+k]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, cut(int64(len(b)))
		}
		if err != nil {
			return nil, err
		}
	}
	s.at += n
	return b, nil
}

// next implements frames.
func (s *stream) next() (frame, error) {
	f := frame{at: s.at}
	length, err := s.length()
	if err == nil && length == 0 {
		err = io.EOF
	}
	if err == nil && (length < 0 || length > s.limit.metadata) {
		err = fmt.Errorf("message at byte %d: metadata of %d bytes, want at most %d: %w", f.at, length, s.limit.metadata, dataset.ErrLimit)
	}
	if err != nil {
		return f, err
	}
	if f.meta, err = s.read(length, "metadata"); err != nil {
		return f, err
	}
	body, err := s.bodyLength(f)
	if err == nil {
		f.body, err = s.read(body, "a message's body")
	}
	return f, err
}

// length reads the length of the next message's metadata, 0 at the end mark. Before Arrow 0.15 it had no mark of continuation before it.
func (s *stream) length() (int64, error) {
	if s.size == s.at {
		return 0, formatError("", fmt.Sprintf("a message or an end mark at byte %d", s.at), "the end of the data")
	}
	b, err := s.read(4, "a message's length")
	if err == nil && binary.LittleEndian.Uint32(b) == 0xffffffff {
		b, err = s.read(4, "a message's length")
	}
	if err != nil {
		return 0, err
	}
	return int64(int32(binary.LittleEndian.Uint32(b))), nil
}

func (s *stream) bodyLength(f frame) (int64, error) {
	flat := &flat{b: f.meta}
	body := flat.fieldInt64(flat.follow(0), messageBodyLength)
	switch {
	case flat.bad || body < 0:
		return 0, fmt.Errorf("message at byte %d: %w", f.at, errFlat)
	case body > s.limit.batch:
		return 0, fmt.Errorf("message at byte %d: body of %d bytes, want at most %d: %w", f.at, body, s.limit.batch, dataset.ErrLimit)
	}
	return body, nil
}

// block is where a message stands in a file.
type block struct{ at, meta, body int64 }

// blocks reads the messages that a file's footer lists: dictionaries first, since those of a file hold for all of its batches.
type blocks struct {
	r     io.ReaderAt
	list  []block
	limit limits
}

// next implements frames.
func (b *blocks) next() (frame, error) {
	if len(b.list) == 0 {
		return frame{}, io.EOF
	}
	at := b.list[0]
	b.list = b.list[1:]
	s := newSection(b.r, at.at, at.at+at.meta+at.body, b.limit)
	f, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		err = formatError("", fmt.Sprintf("a message at byte %d", at.at), "an end mark")
	case err == nil && int64(len(f.body)) != at.body:
		err = formatError("", fmt.Sprintf("a body of %d bytes in the message at byte %d", at.body, at.at), fmt.Sprint(len(f.body)))
	}
	return f, err
}

// newSection returns the stream of the bytes from a position to another.
func newSection(r io.ReaderAt, from, to int64, l limits) *stream {
	return &stream{r: io.NewSectionReader(r, from, to-from), at: from, size: to, limit: l}
}

// readFooter returns the blocks of a file.
func readFooter(r io.ReaderAt, size int64, l limits) (*blocks, error) {
	const ends = int64(len(magic)) + 4
	tail, err := newSection(r, max(0, size-ends), size, l).read(ends, "the end of the file")
	if err != nil {
		return nil, err
	}
	if string(tail[4:]) != magic {
		return nil, formatError("", "a file that ends with "+magic, "other bytes, as of a truncated file")
	}
	length := int64(int32(binary.LittleEndian.Uint32(tail)))
	from := size - ends - length
	switch {
	case length <= 0 || from < 8:
		return nil, formatError("", fmt.Sprintf("a footer of at most %d bytes", max(0, size-ends-8)), fmt.Sprint(length))
	case length > l.metadata:
		return nil, fmt.Errorf("footer of %d bytes, want at most %d: %w", length, l.metadata, dataset.ErrLimit)
	}
	b, err := newSection(r, from, from+length, l).read(length, "the footer")
	if err != nil {
		return nil, err
	}
	f := &flat{b: b}
	out := &blocks{r: r, limit: l}
	for _, field := range []int{footerDictionaries, footerBatches} {
		start, n := f.vector(f.follow(0), field, 24)
		end := int64(8)
		for i := range n {
			k := block{at: f.int64(start + 24*i), meta: int64(f.int32(start + 24*i + 8)), body: f.int64(start + 24*i + 16)}
			if f.bad || k.at < end || k.meta < 8 || k.meta > from || k.body < 0 || k.body > from || k.at > from-k.meta-k.body {
				return nil, formatError("", fmt.Sprintf("messages one behind the other before byte %d in the footer", from), "others")
			}
			end = k.at + k.meta + k.body
			out.list = append(out.list, k)
		}
	}
	if f.bad {
		return nil, errFlat
	}
	return out, nil
}
