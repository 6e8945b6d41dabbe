package serve_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
)

// order is a row with every form of plain value.
type order struct {
	Amount  float64   `ml:"name=amount,min=0,max=100000"`
	Tenure  *float64  `ml:"name=tenure,min=0"`
	Country string    `ml:"name=country,oneof=DE|FR|US"`
	Channel *string   `ml:"name=channel,oneof=web|shop,unseen=other"`
	Items   int32     `ml:"name=items,min=1"`
	Member  bool      `ml:"name=member"`
	Rate    float32   `ml:"name=rate"`
	Day     time.Time `ml:"name=day,type=date32"`
	At      time.Time `ml:"name=at"`
}

var levels = []string{"low", "middle", "high"}

func orders(n int, seed uint64) []order {
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([]order, n)
	channels := []string{"web", "shop", "phone"}
	for i := range rows {
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.IntN(1e9)) * time.Millisecond)
		rows[i] = order{
			Amount: rng.Float64() * 5000, Country: []string{"DE", "FR", "US"}[rng.IntN(3)], Items: int32(1 + rng.IntN(20)), Member: rng.IntN(2) == 1,
			Rate: rng.Float32(), Day: at.Truncate(24 * time.Hour), At: at,
		}
		if rng.IntN(4) > 0 {
			v := rng.Float64() * 120
			rows[i].Tenure = &v
		}
		if k := rng.IntN(4); k < 3 {
			rows[i].Channel = &channels[k]
		}
	}
	return rows
}

// artifact returns a model of orders with three classes and a reference.
func artifact(t testing.TB, o fixture.Options) *fixture.Artifact {
	t.Helper()
	src, err := dataset.FromStructs(orders(4000, 7), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	o.Profile = profile
	if o.Target.Name == "" {
		o.Target, o.Classes = dataset.Field{Name: "level", Type: dataset.Utf8}, levels
	}
	a, err := fixture.New(src.Schema(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newModel(t testing.TB, a serve.Artifact, o serve.Options) *serve.Model {
	t.Helper()
	m, err := serve.NewModel(a, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// counter is an observer that counts rows by class and, as a window that rolls, starts over every few rows.
type counter struct {
	rows, rolls atomic.Int64
	classes     [3]atomic.Int64
}

const window = 64

func (c *counter) Observe(in dataset.Row, out model.Output) {
	c.classes[max(out.Class, 0)].Add(1)
	if c.rows.Add(int64(min(len(in.Values), 1)))%window == 0 {
		c.rolls.Add(1)
		for i := range c.classes {
			c.classes[i].Store(0)
		}
	}
}
