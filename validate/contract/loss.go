package contract

import "fmt"

// Loss is one thing that a translation left behind: a rule of a column that the other format cannot say, or a keyword of the other format that a dataset.Schema has no place for.
type Loss struct {
	Column string `json:"column"` // empty when it is about all columns
	Rule   string `json:"rule"`   // out: the key of the rule in the JSON of a dataset.Schema; in: the keyword of the other format
	Detail string `json:"detail"` // what became of it
}

// String returns the loss in one line.
func (l Loss) String() string {
	if l.Column == "" {
		return l.Rule + ": " + l.Detail
	}
	return fmt.Sprintf("column %q: %s: %s", l.Column, l.Rule, l.Detail)
}

// losses gathers what one translation leaves behind.
type losses struct {
	column string
	list   []Loss
}

func (l *losses) add(rule, detail string) {
	l.list = append(l.list, Loss{Column: l.column, Rule: rule, Detail: detail})
}

// dropped notes the texts and marks of a field that neither format has a word for.
func (l *losses) dropped(present bool, rule string) {
	if present {
		l.add(rule, "left out: the format has no word for it")
	}
}
