package serve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

// Flight is the host's own type. Its tags are the rules.
type Flight struct {
	Carrier  string   `ml:"name=carrier,oneof=AA|UA"`
	Hour     int      `ml:"name=hour,min=0,max=23"`
	Distance *float64 `ml:"name=distance,unit=mile,min=0"`
}

// flights stands for a registry.Bundle that was read from a file: a linear model whose scores are known.
func flights() serve.Artifact {
	schema, err := dataset.SchemaOf[Flight]()
	if err != nil {
		return nil
	}
	a, err := fixture.New(schema, fixture.Options{Name: "flights", Target: dataset.Field{Name: "late", Type: dataset.Bool}, Classes: []string{"false", "true"}})
	if err != nil {
		return nil
	}
	return a
}

// A scorer takes the host's structs. The Prediction is reused, so that scoring allocates nothing.
func ExampleNew() {
	scorer, err := serve.New[Flight](flights(), serve.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var p serve.Prediction
	for _, f := range []Flight{{Carrier: "UA", Hour: 18}, {Carrier: "XX", Hour: 25}} {
		err := scorer.ScoreInto(context.Background(), &f, &p)
		var refused *serve.RefusedError
		if errors.As(err, &refused) {
			for _, finding := range refused.Findings {
				fmt.Println("refused:", finding.Field, finding.Rule)
			}
			continue
		}
		fmt.Printf("%s %.3f\n", p.Class, p.Probability[1])
	}
	// Output:
	// false 0.341
	// refused: carrier one_of
	// refused: hour above_max
}

// The same model answers HTTP requests. A row that breaks a rule is answered with a problem document.
func ExampleNewHandler() {
	m, err := serve.NewModel(flights(), serve.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := serve.NewHandler(serve.NewRouter(m), serve.HandlerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /score", h)
	for _, body := range []string{`{"carrier":"UA","hour":18,"distance":null}`, `[{"carrier":"AA","hour":"6","distance":1200},{"carrier":"AA","hour":6.5}]`} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/score", strings.NewReader(body))
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"model":"flights","version":"sha256:0000000000000000000000000000000000000000000000000000000000000000","classes":["false","true"],"prediction":false,"probability":[0.6594849887914016,0.3405150112085984],"raw":[-0.6609999999999999],"findings":[{"field":"distance","rule":"null","severity":"counted"}]}
	// 422 {"type":"urn:tidewheel:problem:refused-rows","title":"Rows refused","status":422,"detail":"1 of 2 rows break a rule of the schema; none was scored","errors":[{"row":1,"field":"hour","rule":"fraction"},{"row":1,"field":"distance","rule":"missing_column"}]}
}

// A router puts a new version in the place of the old one between two requests.
func ExampleRouter_Swap() {
	router := new(serve.Router)
	for range 2 {
		m, err := serve.NewModel(flights(), serve.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		old := router.Swap(m)
		fmt.Println("replaced a model:", old != nil)
	}
	router.Retire("flights")
	_, err := router.Model("flights")
	fmt.Println(err)
	// Output:
	// replaced a model: false
	// replaced a model: true
	// serve: model "flights": no such model
}

// A server has time and size limits; the host listens.
func ExampleNewServer() {
	authorize, err := serve.BearerToken("a secret of the host")
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := serve.NewHandler(new(serve.Router), serve.HandlerOptions{Authorize: authorize})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := serve.NewServer("127.0.0.1:8080", h, serve.ServerOptions{})
	fmt.Println(server.Addr, server.ReadTimeout, server.MaxHeaderBytes)
	// Output: 127.0.0.1:8080 30s 65536
}
