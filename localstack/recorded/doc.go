// Package recorded keeps the simulators to what the real services answered.
//
// Public test suites of Azure's own tools hold recorded traffic. What this
// project keeps of an exchange is its shape: the status, the headers, and the
// names, types and order of the body's members. Shapes are text files below
// testdata/shapes of the package that simulates the service. A test sends the
// simulator the recorded request, with the run's own ids in it, and compares:
//
//	reply := … // *http.Response of the simulator
//	recorded.Check(t, "keyvault-merge-201", reply,
//		recorded.LetOff{Path: "header X-Ms-Keyvault-Region", Reason: "the simulator is nowhere"})
//
// Everything that differs fails the test, unless a LetOff names it; a LetOff
// that nothing needs fails it too, so that the list is what is really left off.
// A path that ends in "*" lets off everything that begins with it.
//
// The recordings themselves are no part of the project. Where the folder that
// CERTGATE_FIXTURES names has them (recorded/NAME.json), Check first compares
// the committed shape with the recording, and with CERTGATE_UPDATE=1 writes it;
// Exchanges gives them to tests that put recorded replies through a parser.
//
// A shape is a list of lines, "path type", in the order of the reply:
//
//	status 201
//	header Cache-Control: no-cache
//	header Location
//	body object
//	body.id string
//	body.value array
//	body.value[] object
//	body.value[].x5t? string
//
// Headers stand in alphabetical order, those that are alike in every reply with
// their value. A question mark says that not every element of the array has the
// member. An array that was recorded without elements says nothing about them.
// Names that are resource ids are written as *.
package recorded
