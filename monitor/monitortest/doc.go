// Package monitortest checks what watches a model in place of monitor.Monitor, or compares data in place of drift.Compare. It is for hosts that write a detector of
// their own, or that wrap ours: call TestDetector or TestComparer from a test of it.
//
//	func TestMine(t *testing.T) {
//		monitortest.TestDetector(t, monitortest.DetectorTraits{}, func(t testing.TB, s monitortest.Setup) monitortest.Detector {
//			return mine.New(s.Reference, s.WindowRows)
//		})
//	}
//
// What every observer of a scoring call must keep besides, servetest.TestObserver checks. The data come from seeds; the shares of false alarms are those of
// independent rows.
package monitortest
