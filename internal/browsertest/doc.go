// Package browsertest opens the HTML reports in a real browser, at the width of a telephone and of a desk, light and dark, and fails on what a reader would stumble
// over: an error in the console, a request to outside, a page that is wider than the window, elements that lie over each other or are cut off, text that is too small,
// a focus that is not seen, a page that is light where it should be dark. It uses each page by the keyboard alone as well. It is a module of its own, because it needs Chromium and its client.
//
//	apt-get install chromium
//	TIDEWHEEL_SCREENSHOTS=shots go test ./...
package browsertest
