// Package form is the contract between package capture and the forms of input that
// it reads.
//
// Whoever adds one writes a package capture/NAME with a [Form] in it:
//
//	var Form = form.Form{
//		ID: "toy",
//		By: form.Lines,
//		Is: form.Matches(`^TOY [A-Z]+ https?://`),
//		Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
//			return Read(c, in.Text(c))
//		},
//		Holds: exchange.Credentials,
//		Place: form.ByOffset,
//		Doc:   form.Doc{…},
//	}
//
// puts samples into its testdata/ID, with the word CANARY where secrets stand, and
// names &toy.Form in capture/forms.go. The conformance tests of package capture, the
// bombs, the leak tests and the table in docs/inputs.md go by that list.
package form
