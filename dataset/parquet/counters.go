package parquet

import "sync/atomic"

// Counters counts what ranges over sources read and what they could pass over. The zero value is ready to use; it is safe for concurrent use.
type Counters struct {
	PagesRead    atomic.Int64 // data pages that were decompressed
	PagesSkipped atomic.Int64 // data pages of which only the header was read, because none of their rows was wanted
}

func (c *Counters) pages(read, skipped int64) {
	if c != nil {
		c.PagesRead.Add(read)
		c.PagesSkipped.Add(skipped)
	}
}
