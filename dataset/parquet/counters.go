package parquet

import "sync/atomic"

// Counters counts what ranges over sources read and what they could pass over. The zero value is ready to use; it is safe for concurrent use.
type Counters struct {
	RowGroupsRead   atomic.Int64
	RowGroupsPruned atomic.Int64 // row groups that statistics or a Bloom filter show to have no wanted row
	PagesRead       atomic.Int64 // data pages of flat columns that were decompressed
	PagesSkipped    atomic.Int64 // data pages of which only the header was read, because none of their rows was wanted
}

func (c *Counters) pages(read, skipped int64) {
	if c != nil {
		c.PagesRead.Add(read)
		c.PagesSkipped.Add(skipped)
	}
}

func (c *Counters) groups(read, pruned int64) {
	if c != nil {
		c.RowGroupsRead.Add(read)
		c.RowGroupsPruned.Add(pruned)
	}
}
