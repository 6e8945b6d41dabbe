package survey_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

// BenchmarkSurvey surveys 100,000 rows of 20 mixed columns with one worker; BenchmarkProfile profiles them.
func BenchmarkSurvey(b *testing.B) {
	src := mixedTable(b, 1, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := survey.Of(b.Context(), src, survey.Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProfile(b *testing.B) {
	src := mixedTable(b, 1, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := validate.ProfileOf(b.Context(), src, validate.ProfileOptions{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
