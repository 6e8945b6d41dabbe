// Package contract is for schemas that two sides hold: what changed between two versions of one, and the same schema in the words of other tools. It is for whoever
// reviews a change of rules in version control, gates a release on it, or exchanges rules with programs that are not written in Go.
//
//	Compare                          what changed, and which rows still pass: old rows new rules (backward), new rows old rules (forward)
//	JSONSchema, ParseJSONSchema      JSON Schema, draft 2020-12, of a row as an object
//	TableSchema, ParseTableSchema    Table Schema of Frictionless, versions 1 and 2
//	Constraints, ParseConstraints    constraints.json of SageMaker Model Monitor
//	Statistics, ParseStatistics      statistics.json of SageMaker Model Monitor, the profile beside its constraints
//	JUnit                            what a check found, for the CI server of either side
//
// No translation loses anything in silence: each returns a Loss for every rule that the other side has no word for.
//
//	c := contract.Compare(released, proposed)
//	if !c.Backward {
//		for _, change := range c.Changes {
//			fmt.Println(change)
//		}
//	}
//
// The functions are pure, keep nothing and are safe for concurrent use. What is read is bounded and checked as bytes from outside are.
package contract
