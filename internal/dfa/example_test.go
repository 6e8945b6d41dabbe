package dfa_test

import (
	"fmt"

	"github.com/tidewheel/tidewheel/internal/dfa"
)

func ExampleCompile() {
	m, err := dfa.Compile(`\A(?:[A-Z]{2}-[0-9]{4})\z`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Match("AB-0042"), m.Match("AB-0042\n"))
	// Output: true false
}

func ExampleMatcher_Match() {
	m, err := dfa.Compile(`(?i)straße$`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range []string{"Hauptstraße", "HAUPTSTRAẞE", "Hauptstrasse"} {
		fmt.Print(m.Match(s), " ")
	}
	// Output: true true false
}
