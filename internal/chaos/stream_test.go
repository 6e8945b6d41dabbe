package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/stream"
)

// streamed is how many rows the stream has in the end.
const streamed = 12_000

func streamSchema() (*dataset.Schema, error) {
	return dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64}, dataset.Field{Name: "at", Type: dataset.TimeUTC})
}

// stream copies the file that grows into parts, from the token on, until it is killed or at the end. Two runs cut batches differently.
func (w *writer) stream(ctx context.Context) error {
	w.say("ready")
	feed, err := stream.Tail(filepath.Join(w.dir, "in.jsonl"), stream.TailOptions{Growing: true})
	if err != nil {
		return err
	}
	schema, err := streamSchema()
	if err != nil {
		return err
	}
	decoder, err := stream.JSON(jsonl.Options{Schema: schema})
	if err != nil {
		return err
	}
	token, err := stream.LoadToken(filepath.Join(w.dir, "token"))
	if err != nil {
		return err
	}
	src, err := stream.NewRecords(feed, decoder, stream.Options{BatchRows: 50 + w.first%100, EventTime: "at", Resume: token})
	if err != nil {
		return err
	}
	_, err = stream.Deliver(ctx, src, func(part string) (dataset.Sink, error) {
		return jsonl.Create(filepath.Join(w.dir, "part-"+part+".jsonl"), schema, jsonl.WriteOptions{})
	}, func(_ context.Context, t stream.Token) error {
		if err := stream.SaveToken(filepath.Join(w.dir, "token"), t); err != nil {
			return err
		}
		w.say("rows %d", t.Rows())
		return nil
	})
	return err
}

// checkParts checks that the parts have no row twice, every row before the token, and in the end all.
func checkParts(ctx context.Context, dir string, want int64) error {
	parts, err := filepath.Glob(filepath.Join(dir, "part-*.jsonl"))
	if err != nil {
		return err
	}
	schema, err := streamSchema()
	if err != nil {
		return err
	}
	met := make(map[int64]bool)
	for _, part := range parts {
		src, err := jsonl.Open(part, jsonl.Options{Schema: schema})
		if err != nil {
			return err
		}
		for b, err := range src.Batches(ctx) {
			if err != nil {
				return err
			}
			ids := make([]float64, b.NumRows())
			if err := dataset.Float64s(b.Column(0), ids); err != nil {
				return err
			}
			for _, id := range ids {
				if met[int64(id)] {
					return fmt.Errorf("row %d is there twice", int64(id))
				}
				met[int64(id)] = true
			}
		}
	}
	for id := range want {
		if !met[id] {
			return fmt.Errorf("row %d of %d is lost", id, want)
		}
	}
	return nil
}

func TestAStreamThatIsKilledDeliversEachRowOnce(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(3, 0))
	in, err := os.Create(filepath.Join(dir, "in.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var text strings.Builder
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for id := range streamed {
		at := from.Add(time.Duration(id)*time.Second - time.Duration(rng.IntN(20))*time.Second)
		fmt.Fprintf(&text, "{\"id\":%d,\"at\":%q}\n", id, at.Format(time.RFC3339))
	}
	rest := text.String()
	const kills = 30
	last, acknowledged := int64(0), 0
	for kill := range kills {
		// The file grows by a share that may end within a line.
		n := min(len(rest), text.Len()/kills+rng.IntN(40))
		if _, err := in.WriteString(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		p := start(t, "stream", dir, kill*17, 0)
		time.Sleep(time.Duration(rng.Int64N(int64(maxDelay))))
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for _, line := range p.rest(t) {
			if _, err := fmt.Sscanf(line, "rows %d", &last); err != nil {
				t.Fatalf("the writer says %q", line)
			}
			acknowledged++
		}
		token, err := stream.LoadToken(filepath.Join(dir, "token"))
		if err != nil || token.Rows() < last {
			t.Fatalf("after kill %d: %d rows were acknowledged, the token has %d, %v", kill+1, last, token.Rows(), err)
		}
		if err := checkParts(t.Context(), dir, token.Rows()); err != nil {
			t.Fatalf("after kill %d: %v", kill+1, err)
		}
	}
	if _, err := in.WriteString(rest); err != nil {
		t.Fatal(err)
	}
	killedAt := last
	p := start(t, "stream", dir, 0, 0)
	p.rest(t)
	token, err := stream.LoadToken(filepath.Join(dir, "token"))
	if err != nil || token.Rows() != streamed {
		t.Fatalf("want a token of %d rows, got %d, %v", streamed, token.Rows(), err)
	}
	if err := checkParts(t.Context(), dir, streamed); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d batches acknowledged before them; the last kill at row %d of %d", kills, acknowledged, killedAt, streamed)
	if acknowledged == 0 {
		t.Error("want kills in the middle of work")
	}
}

// The check sees what it is for.
func TestTheCheckOfPartsSeesWhatIsLostOrThereTwice(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"part-0.jsonl": "{\"id\":0,\"at\":\"2026-01-01T00:00:00Z\"}\n", "part-1.jsonl": "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\"}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkParts(t.Context(), dir, 1); err != nil {
		t.Error(err)
	}
	if err := checkParts(t.Context(), dir, 2); err == nil {
		t.Error("a row that is lost passes")
	}
	if err := os.WriteFile(filepath.Join(dir, "part-1.jsonl"), []byte("{\"id\":0,\"at\":\"2026-01-01T00:00:00Z\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkParts(t.Context(), dir, 1); err == nil {
		t.Error("a row that is there twice passes")
	}
}
