package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

// Digest returns "sha256:" and the hex digest of what src holds: the names and types of its columns, in order, and its rows, in order. Two sources of the same rows have
// the same digest, whatever file, batches, workers or memory they come from.
//
// Values count, not how they are written: a text is the same as utf8, as large_utf8 and behind a dictionary's code, what lies in memory behind a null does not matter, and every
// NaN is one value. A null and an empty text are two, as are 0 and -0, NaN and null, and a number as int32 and as int64. The rules of a schema (roles, units, bounds …)
// and whether a column may hold nulls do not count: Schema.Digest is theirs. It reads src once, folds on o.Workers goroutines and holds 32 bytes for each ChunkRows rows beside
// what Run holds. Errors are those of ranging, and ErrUnsupported for a column outside the closed list.
func Digest(ctx context.Context, src Source, o RunOptions) (string, error) {
	c, err := Run(ctx, src, func() *content { return &content{} }, o)
	if err != nil {
		return "", fmt.Errorf("dataset: digest: %w", err)
	}
	out := []byte("tidewheel.content 1\n")
	for _, f := range src.Schema().fields {
		t := f.Type
		if t.IsText() {
			t = Utf8
		}
		for _, s := range []string{f.Name, string(t)} {
			out = append(binary.AppendUvarint(out, uint64(len(s))), s...)
		}
	}
	sum := sha256.Sum256(append(binary.AppendUvarint(out, uint64(c.rows)), c.chunks...))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// content is the fold of Digest: the digest of each chunk.
type content struct {
	rows   int64
	chunks []byte
}

// digestBlock is how many bytes of cells are hashed at once.
const digestBlock = 32 << 10

// Observe implements Folder.
func (c *content) Observe(b Batch) error {
	h := sha256.New()
	buf := make([]byte, 0, digestBlock)
	for j := range b.schema.fields {
		cell := canon.Content(b.rec.Column(j))
		if cell == nil {
			return fmt.Errorf("column %q: arrow type %s: %w", b.schema.fields[j].Name, b.rec.Column(j).DataType(), ErrUnsupported)
		}
		for i := range b.NumRows() {
			if buf = cell(buf, i); len(buf) >= digestBlock {
				h.Write(buf)
				buf = buf[:0]
			}
		}
	}
	h.Write(buf)
	c.rows += int64(b.NumRows())
	c.chunks = h.Sum(c.chunks)
	return nil
}

// Merge implements Folder.
func (c *content) Merge(next *content) error {
	c.rows += next.rows
	c.chunks = append(c.chunks, next.chunks...)
	return nil
}
