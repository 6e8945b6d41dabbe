// Package page draws self-contained HTML pages of tables and charts for the report packages: validate/report, model/report and monitor/report.
//
// A caller fills a Document with data, and Write lays it out. A page is one file of at most Limit bytes whatever the data are: no script, no font, no picture and no
// request; a Content-Security-Policy lets nothing in but the page's own style. It follows the reader's choice of dark or light, reads in order without a pointer, and
// prints. Every text goes through html/template. The bytes depend on the Document alone.
//
// Charts are SVG of a fixed size, so that their text is as large on a telephone as on a desk; each has a title and a label that says in words what it shows.
// Colours are those of Okabe and Ito, which colour-blind people can tell apart, and lines differ in their dashes too.
package page
