package survey

import (
	"math"
	"strings"

	"github.com/tidewheel/tidewheel/internal/cell"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// texts is what is known of the texts of a column.
type texts struct {
	votes  Votes
	looks  Looks
	shapes *sketch.TopK
	buf    []byte
}

func newTexts() *texts {
	// The limits are those of the sketch, so there is no error.
	t, _ := sketch.NewTopK(sketch.TopKOptions{Capacity: shapeSlots, MaxValueBytes: shapeBytes})
	return &texts{shapes: t}
}

func (t *texts) add(text string, n int64) {
	t.buf = appendShape(t.buf[:0], text)
	t.shapes.AddN(cell.Text(t.buf), uint64(n))
	t.looks.add(text, n)
	t.vote(strings.TrimSpace(text), n)
}

// longest is the longest text that is tried as a number or a time.
const longest = 64

func (t *texts) vote(text string, n int64) {
	v := &t.votes
	if text == "" {
		v.Blank += n
		return
	}
	if c := text[0]; len(text) > longest || !isDigit(c) && strings.IndexByte("+-.tTfF", c) < 0 {
		return
	}
	t.buf = append(t.buf[:0], text...)
	if x, ok := cell.Float(t.buf); ok {
		if math.IsInf(x, 0) {
			return
		}
		v.Number += n
		whole := cell.IsInteger(t.buf)
		if _, ok := cell.Int(t.buf); !ok && whole {
			_, whole = cell.Uint(t.buf)
		}
		if digits := strings.TrimLeft(text, "+-"); whole {
			v.Integer += n
			if len(digits) > 1 && digits[0] == '0' {
				v.Padded += n
			}
		}
		return
	}
	if _, ok := cell.Bool(t.buf); ok {
		v.Bool += n
	} else if _, ok := cell.Date(t.buf); ok {
		v.Date += n
	} else if _, _, ok := cell.Time(t.buf); ok {
		v.Timestamp += n
	}
}

func (t *texts) merge(o *texts) error {
	for i, n := range o.votes.each() {
		*t.votes.each()[i] += *n
	}
	t.looks.merge(&o.looks)
	return t.shapes.Merge(o.shapes)
}

// each returns the counts in their order.
func (v *Votes) each() []*int64 {
	return []*int64{&v.Integer, &v.Number, &v.Bool, &v.Date, &v.Timestamp, &v.Padded, &v.Blank}
}

// each returns the counts in their order.
func (l *Looks) each() []*int64 {
	return []*int64{&l.Email, &l.Phone, &l.IBAN, &l.IP, &l.Card, &l.National}
}

func (l *Looks) merge(o *Looks) {
	for i, n := range o.each() {
		*l.each()[i] += *n
	}
}

// seal fills in what is listed.
func (t *texts) seal(c *Column) {
	votes, looks := t.votes, t.looks
	c.Votes, c.Looks = &votes, &looks
	c.ShapesOther, c.ShapesError = int64(t.shapes.Total()+t.shapes.TooLong()), int64(t.shapes.ErrorBound())
	room := maxShapesBytes
	for _, item := range t.shapes.Top(maxShapes) {
		if room -= len(item.Value) + 24; room < 0 {
			break
		}
		c.Shapes = append(c.Shapes, Shape{Form: item.Value, Count: int64(item.Count)})
		c.ShapesOther -= int64(item.Count)
	}
}
