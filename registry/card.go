package registry

import (
	"fmt"
	"math"
	"strings"
)

// Card describes a model to people: what it is for and where it ends.
type Card struct {
	Summary     string `json:"summary,omitempty"`
	IntendedUse string `json:"intended_use,omitempty"`
	Limitations string `json:"limitations,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Licence     string `json:"licence,omitempty"`
}

// CardMarkdown returns the model card as Markdown: what the Card says, and from the sealed parts the input columns with their rules, the evaluation and the lineage.
// It holds no values of rows beyond the categories and bounds of the schema.
func (b *Bundle) CardMarkdown() string {
	var w strings.Builder
	fmt.Fprintf(&w, "# %s\n\nVersion `%s`\n", b.name, b.digest)
	for _, s := range []struct{ title, text string }{
		{"Summary", b.card.Summary},
		{"Intended use", b.card.IntendedUse},
		{"Limitations", b.card.Limitations},
		{"Owner", b.card.Owner},
		{"Licence", b.card.Licence},
	} {
		if s.text != "" {
			fmt.Fprintf(&w, "\n## %s\n\n%s\n", s.title, s.text)
		}
	}
	problem := b.predictor.Problem()
	fmt.Fprintf(&w, "\n## Task\n\n%s of `%s`", problem.Task, problem.Target)
	if len(problem.Classes) > 0 {
		fmt.Fprintf(&w, ", classes %s", strings.Join(problem.Classes, ", "))
	}
	w.WriteString("\n\n## Input\n\n| column | type | null | unit | rule |\n|---|---|---|---|---|\n")
	for _, f := range b.schema.Fields() {
		var rules []string
		if f.Min != nil {
			rules = append(rules, fmt.Sprintf("at least %g", *f.Min))
		}
		if f.Max != nil {
			rules = append(rules, fmt.Sprintf("at most %g", *f.Max))
		}
		if len(f.OneOf) > 0 {
			rules = append(rules, fmt.Sprintf("one of %d categories", len(f.OneOf)))
		}
		if f.Pattern != "" {
			rules = append(rules, "pattern")
		}
		fmt.Fprintf(&w, "| %s | %s | %s | %s | %s |\n", cell(f.Name), f.Type, map[bool]string{true: "yes", false: "no"}[f.Nullable], cell(f.Unit), strings.Join(rules, ", "))
	}
	if b.evaluation != nil {
		fmt.Fprintf(&w, "\n## Evaluation\n\non %d rows that the model had not seen\n\n| metric | value | 95 %% interval |\n|---|---|---|\n", b.evaluation.Rows)
		for _, m := range b.evaluation.Values {
			interval := "–"
			if !math.IsNaN(m.Low) {
				interval = fmt.Sprintf("%.5g to %.5g", m.Low, m.High)
			}
			fmt.Fprintf(&w, "| %s | %.5g | %s |\n", m.Name, m.Value, interval)
		}
	}
	if b.lineage.Recipe != "" {
		fmt.Fprintf(&w, "\n## Lineage\n\n%s\n", b.lineage.Recipe)
	}
	return w.String()
}

// cell keeps a text from ending a table cell.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
