// Package plan is the closed, versioned list of scoring operations and their one implementation.
//
// A Plan is data: named inputs, a list of operations over numbered registers, named outputs. Fitted features, fitted models and imported models all emit
// operations; Compose joins a pipeline's plan with its predictor's; registry seals the JSON form; serve and batch scoring execute the compiled Program. Loading a
// plan runs no code and links no trainer.
//
// A register is a column of numbers: the inputs come first, then each operation owns as many as it puts out. Missing is NaN. A text input is a register that
// only lookup may read. An operation has one kernel over n rows; the row entrance runs it with n = 1, so both entrances give the same bits by construction.
// Kernels round every product before adding and call internal/num, so the bits do not depend on the architecture.
package plan
