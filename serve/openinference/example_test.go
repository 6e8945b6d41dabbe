package openinference_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/serve/openinference"
)

// loans returns a router of one model of two columns.
func loans() (*serve.Router, error) {
	low := 0.0
	schema, err := dataset.NewSchema(
		dataset.Field{Name: "income", Type: dataset.Float64, Min: &low}, dataset.Field{Name: "age", Type: dataset.Int32, Nullable: true},
	)
	if err != nil {
		return nil, err
	}
	a, err := fixture.New(schema, fixture.Options{Name: "loans", Target: dataset.Field{Name: "repaid", Type: dataset.Bool}, Classes: []string{"false", "true"}})
	if err != nil {
		return nil, err
	}
	m, err := serve.NewModel(a, serve.Options{})
	if err != nil {
		return nil, err
	}
	return serve.NewRouter(m), nil
}

func ExampleNewHandler() {
	router, err := loans()
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := openinference.NewHandler(router, openinference.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/v2", h)
	mux.Handle("/v2/", h)
	for _, request := range []struct{ method, path, body string }{
		{http.MethodGet, "/v2/health/ready", ""},
		{http.MethodPost, "/v2/models/loans/infer", `{"id":"1","inputs":[
			{"name":"income","shape":[2],"datatype":"FP64","data":[1001,2001]},
			{"name":"age","shape":[2],"datatype":"INT32","data":[1,null]}],
			"outputs":[{"name":"probability"}]}`},
		{http.MethodPost, "/v2/models/loans/infer", `{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP64","data":[-5,30]}]}`},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(request.method, request.path, strings.NewReader(request.body)))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"ready":true}
	// 200 {"model_name":"loans","model_version":"sha256:0000000000000000000000000000000000000000000000000000000000000000","id":"1","parameters":{"flagged":0,"counted":1,"findings":"row 1, field \"age\": counted null"},"outputs":[{"name":"probability","datatype":"FP64","shape":[2],"data":[0.2689414213699951,0.11920292202211756]}]}
	// 400 {"error":"serve: 1 of 1 rows refused; row 0, field \"income\": below_min"}
}

// The handler composes under a prefix of the host's.
func ExampleNewHandler_prefix() {
	router, err := loans()
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := openinference.NewHandler(router, openinference.Options{Limits: serve.Limits{MaxRows: 100}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/ml/", http.StripPrefix("/ml", h))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ml/v2/models/loans", http.NoBody))
	fmt.Println(w.Body)
	// Output:
	// {"name":"loans","versions":["sha256:0000000000000000000000000000000000000000000000000000000000000000"],"platform":"tidewheel_tide","inputs":[{"name":"income","datatype":"FP64","shape":[-1]},{"name":"age","datatype":"INT32","shape":[-1]}],"outputs":[{"name":"prediction","datatype":"BOOL","shape":[-1]},{"name":"probability","datatype":"FP64","shape":[-1]}]}
}
