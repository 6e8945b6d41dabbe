package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Judge is a check of the host's: a rule in Go, or a model that scores rows.
//
// Judge sets bad[i] for each row i of b that is bad. b has the columns that Own names, in that order; it is borrowed, and bad has an element, false, for each of its
// rows. It is called by several goroutines at once, and each row must be judged by itself, whatever the others of its batch.
type Judge interface {
	Judge(b dataset.Batch, bad []bool) error
}

// Own is a check of the host's. What Judge wants of values that are missing is its own affair.
type Own struct {
	Rule    validate.Rule // its name in findings
	Columns []string      // one or more, of any type
	Judge   Judge
}

func (c Own) plan() (plan, error) {
	err := named("Own.Columns", c.Columns...)
	if c.Rule == "" || len(c.Columns) == 0 || c.Judge == nil {
		err = errors.Join(err, option("Own", fmt.Sprintf("rule %q, %d columns", c.Rule, len(c.Columns)), "a rule, one column or more, and a judge"))
	}
	return plan{rule: c.Rule, needs: needs(anything, c.Columns...), want: "a row that keeps the rule", got: "one that breaks it", start: rows(func(v *view) error {
		b, err := v.batch.Select(c.Columns...)
		if err != nil {
			return err
		}
		defer b.Release()
		bad := make([]bool, b.NumRows())
		if err := c.Judge.Judge(b, bad); err != nil {
			return err
		}
		for i := range bad {
			if bad[i] {
				v.bad(i)
			}
		}
		return nil
	})}, err
}

// When applies a check to the rows alone in which a column holds a predicate; a null holds none.
type When struct {
	Column   string // a column of any type; numeric or text as Value is
	Operator dataset.Operator
	Value    dataset.Value
	Then     Check // not Terms, which stands outside, and not Columns or HasType
}

func (c When) plan() (plan, error) {
	if c.Then == nil {
		return plan{}, option("When.Then", "nil", "a check")
	}
	condition, err := Holds{Column: c.Column, Operator: c.Operator, Value: c.Value}.plan()
	p, bad := c.Then.plan()
	err = errors.Join(err, bad)
	_, terms := c.Then.(Terms)
	if terms || p.shape != nil {
		err = errors.Join(err, option("When.Then", fmt.Sprintf("%T", c.Then), "a check of rows, without terms"))
	}
	then := p
	p.want += ", where " + c.Column + " is " + operatorName(c.Operator) + " a constant"
	p.needs = append(append([]need{}, p.needs...), need{c.Column, condition.needs[0].kind})
	p.start = nil
	p.prepare = func(ctx context.Context, o dataset.RunOptions) (func() part, error) {
		start := then.start
		if then.prepare != nil {
			s, err := then.prepare(ctx, o)
			if err != nil {
				return nil, err
			}
			start = s
		}
		return func() part { return &some{when: c, mem: o.Allocator, inner: start()} }, nil
	}
	return p, err
}

// some is the state of a check that sees some rows.
type some struct {
	when  When
	mem   memory.Allocator
	inner part
}

func (s *some) observe(v *view) error {
	m, err := dataset.NewMatcher(v.batch.Schema(), []dataset.Predicate{{Column: s.when.Column, Operator: s.when.Operator, Value: s.when.Value}})
	if err != nil {
		return err
	}
	rows, err := m.Rows(v.batch, nil)
	if err != nil || len(rows) == 0 {
		return err
	}
	var names []string
	var columns []int
	place := make(map[int]int)
	for k := range v.columns {
		j, again := place[v.columns[k]]
		if !again {
			j = len(names)
			place[v.columns[k]] = j
			names = append(names, v.field(k).Name)
		}
		columns = append(columns, j)
	}
	all, err := v.batch.Select(names...)
	if err != nil {
		return err
	}
	defer all.Release()
	b, err := dataset.Take(s.mem, all, rows)
	if err != nil {
		return err
	}
	defer b.Release()
	if v.at != nil {
		for i, r := range rows {
			rows[i] = v.at[r]
		}
	}
	inner := newView(b, v.base, v.spare)
	defer inner.done()
	inner.at, inner.columns, inner.hits = rows, columns[:len(columns)-1], v.hits
	return s.inner.observe(inner)
}

func (s *some) merge(next part, offset int64, bad *rowset) {
	s.inner.merge(as[*some](next).inner, offset, bad)
}

func (s *some) finish(bad *rowset) bool { return s.inner.finish(bad) }
