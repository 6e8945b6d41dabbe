// Package stream reads live feeds as datasets: the lines of a reader or of a file that grows, a Go channel, an iter.Seq, or a broker's client behind the
// small interface Feed.
//
// New gives a source of a feed of structs, NewRecords one of a feed of bytes that a Decoder (JSON, CSV, Structs) turns into rows.
//
//	feed, err := stream.Tail("events.jsonl", stream.TailOptions{Follow: true})
//	decoder, err := stream.JSON(jsonl.Options{Schema: schema})
//	token, err := stream.LoadToken("events.token")
//	src, err := stream.NewRecords(feed, decoder, stream.Options{FlushEvery: time.Second, Resume: token})
//	for b, err := range src.Batches(ctx) {
//		…                                              // what is to be done with the rows
//		err = stream.SaveToken("events.token", src.Token()) // done: they are not given again
//	}
//
// # Batches
//
// A batch is given when it has Options.BatchRows rows, when its first row has waited for Options.FlushEvery, and when the feed ends. While the caller works on a
// batch nothing is read, so a slow caller slows the feed down; at most one batch and what the feed itself holds are in memory. A source is ranged once, as its
// feed is; a second range yields dataset.ErrConsumed.
//
// # Time
//
// With Options.EventTime a source keeps a watermark: the latest event time so far, less Options.Lateness. A row whose event time lies before the watermark of the
// rows in front of it is late. Rows decide that, in their order, and not batches or clocks, so it is the same in every run. A row without an event time is never late.
//
// # Kill and resume
//
// Source.Token is where the source stands behind the batch that was given last: the position of the feed, the counts and the watermark. A caller saves it when it has
// done its work with the batch. A process that is killed begins again with the token that was saved last, so no row is lost, and the rows of one batch may come a
// second time when it was killed between its work and the saving. Work that may be done twice with the same result repeats nothing: Deliver writes each batch to a
// part that is named by the token in front of it, which the second time is written over the first.
//
// A feed can be taken up when it implements Resumer: files and readers are, at a byte, and sequences that begin again, by leaving out values; channels are not.
package stream
