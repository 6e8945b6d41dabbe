package parquet

import (
	"encoding/binary"
	"errors"

	"github.com/pierrec/lz4/v4"
)

// errLZ4 is the error of a page that is not LZ4, or becomes more or less than its header states.
var errLZ4 = errors.New("data that is not LZ4 or of another size")

// expandBlock decompresses a block of LZ4_RAW, which must fill dst.
func expandBlock(dst, src []byte) error {
	if len(dst) == 0 && len(src) == 0 {
		return nil
	}
	if n, err := lz4.UncompressBlock(src, dst); err != nil || n != len(dst) {
		return errLZ4
	}
	return nil
}

// expandFrames decompresses the older codec LZ4: what Hadoop writes, blocks behind their two sizes, or else, as some writers had it, one block.
// Source: Apache Parquet, Compression.md, "LZ4"; Arrow C++, Lz4HadoopCodec.
func expandFrames(dst, src []byte) error {
	if hadoopBlocks(dst, src) {
		return nil
	}
	return expandBlock(dst, src)
}

func hadoopBlocks(dst, src []byte) bool {
	for len(src) >= 8 {
		plain, packed := uint64(binary.BigEndian.Uint32(src)), uint64(binary.BigEndian.Uint32(src[4:]))
		if src = src[8:]; packed > uint64(len(src)) || plain > uint64(len(dst)) {
			return false
		}
		if expandBlock(dst[:plain], src[:packed]) != nil {
			return false
		}
		dst, src = dst[plain:], src[packed:]
	}
	return len(src) == 0 && len(dst) == 0
}
