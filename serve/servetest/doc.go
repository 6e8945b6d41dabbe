// Package servetest checks what a host puts around a served model and behind it. It is for those who mount a handler behind middleware of their own, decode requests
// themselves, or write an observer: call TestHandler or TestObserver from a test of it.
//
//	func TestMountedHandler(t *testing.T) {
//		servetest.TestHandler(t, servetest.HandlerTraits{Path: "/score"}, func(t testing.TB, models *serve.Router) http.Handler {
//			return mine.Routes(models)
//		})
//	}
//
// The rows, the rules and the wrong rows are those of package validatetest; the models are small and come with the suite.
package servetest
