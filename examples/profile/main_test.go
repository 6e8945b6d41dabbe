package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestFiguresByHand(t *testing.T) {
	file := clitest.File(t, "rows.csv", "n,c\n1,a\n2,a\n3,b\n4,\n,a\n")
	r := clitest.JSON(t, app(), 0, "-data", file)
	columns, _ := r["columns"].([]any)
	if r["rows"] != 5.0 || len(columns) != 2 {
		t.Fatalf("got %v", r)
	}
	n, c := columns[0].(map[string]any), columns[1].(map[string]any)
	for name, want := range map[string]float64{"count": 4, "nulls": 1, "distinct": 4, "min": 1, "max": 4, "mean": 2.5, "std": math.Sqrt(5.0 / 3)} {
		if got, ok := n[name].(float64); !ok || math.Abs(got-want) > 1e-12 {
			t.Errorf("n: want %s %g, got %v", name, want, n[name])
		}
	}
	top, _ := c["top"].([]any)
	if first, ok := top[0].(map[string]any); !ok || first["value"] != "a" || first["count"] != 3.0 {
		t.Errorf("c: want a three times, got %v", top)
	}
	if _, out, _ := clitest.Run(t, app(), "-data", file); !strings.Contains(out, "5 rows, 2 columns") {
		t.Errorf("got %s", out)
	}
}

// A date and a time read as the file has them, a bool as a bool, and of many numbers the most frequent are listed.
func TestValuesAreShownAsTheyAre(t *testing.T) {
	var b strings.Builder
	b.WriteString("d,t,b,n\n")
	for i := range 40 {
		fmt.Fprintf(&b, "2024-02-%02d,2024-02-01T10:00:%02dZ,%v,%d\n", 1+i%28, i, i%4 == 0, max(i, 9))
	}
	r := clitest.JSON(t, app(), 0, "-data", clitest.File(t, "rows.csv", b.String()))
	columns, _ := r["columns"].([]any)
	got := make([]any, 0, 4)
	for _, c := range columns {
		c, _ := c.(map[string]any)
		top, _ := c["top"].([]any)
		got = append(got, c["min"], c["max"], len(top))
		if len(top) > 0 {
			got = append(got, top[0])
		}
	}
	want := "[2024-02-01 2024-02-28 12 map[count:2 value:2024-02-01] 2024-02-01T10:00:00Z 2024-02-01T10:00:39Z 0 0 1 2 map[count:30 value:false] 9 39 1 map[count:10 value:9]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestBadInput(t *testing.T) {
	clitest.Refuses(t, app(), nil, "-data")
	clitest.Refuses(t, app(), []string{"-data", "absent.csv"}, "absent.csv")
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "empty.csv", "")}, "empty.csv", "empty file")
	header := clitest.File(t, "header.csv", "x,z,c,y,r\n")
	clitest.Refuses(t, app(), []string{"-data", header}, "header.csv", "row")
}

func TestPage(t *testing.T) {
	file := clitest.File(t, "rows.csv", "n,m,c\n1,2,<b>\n2,4,a\n3,7,b\n4,1,\n,1,a\n")
	clitest.Page(t, app(), 0, []string{"-data", file}, "rows.csv", "Correlations", "&lt;b&gt;", "Rows by value", "Duplicate rows", "Cells that miss together")
}

// What a closer look says: shapes, order, duplicates, cells that miss together, what tells the target, and what a schema should say.
func TestACloserLook(t *testing.T) {
	var b strings.Builder
	b.WriteString("order_id,code,mail,group,late,x,y\n")
	for i := range 400 {
		x, y := "", ""
		if i%4 != 0 {
			x, y = fmt.Sprint(i%97), fmt.Sprint(i%89)
		}
		fmt.Fprintf(&b, "%d,K-%03d,a%d@example.org,%c,%v,%s,%s\n", i, i*7%400, i%60, 'p'+i%3, i%3 == 0, x, y)
	}
	b.WriteString("1,K-007,a1@example.org,q,false,1,1\n")
	file := clitest.File(t, "orders.csv", b.String())
	r := clitest.JSON(t, app(), 0, "-data", file, "-target", "late")
	got := map[string]string{}
	for _, key := range []string{"duplicates", "missing", "suggestions", "information"} {
		got[key] = fmt.Sprint(r[key])
	}
	for key, want := range map[string]string{
		"duplicates":  "map[exact:true rows:1 stderr:0]",
		"missing":     "[map[columns:[] rows:301] map[columns:[x y] rows:100]]",
		"suggestions": "map[column:mail kind:personal reason:values look like e-mail addresses]",
		"information": "map[column:group nats:0.6346 rows:401 share:0.9961]", // of 134 of 401 late ones the entropy is 0.6371, less 2/802
	} {
		if !strings.Contains(got[key], want) {
			t.Errorf("%s: want %s, got %s", key, want, got[key])
		}
	}
	_, out, _ := clitest.Run(t, app(), "-data", file, "-target", "late")
	for _, want := range []string{"1 rows equal an earlier one", "100 rows miss x, y", "group says 100 % of late", "code: suggested as pattern", "mail: suggested as personal: values look like e-mail addresses"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in %s", want, out)
		}
	}
	clitest.Refuses(t, app(), []string{"-data", file, "-target", "none"}, "-target", "none")
}
