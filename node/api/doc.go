// Package api holds the commands of a node's local API: for each its name, the
// roles that may call it, what it changes, its request and its view. It holds no
// behaviour: the packages below [github.com/crosscase/crosscase/node/desk] carry
// the commands out, and [github.com/crosscase/crosscase/node/control] carries them
// from an officer's process to the node.
//
//	officer's process                                     node
//	api.CaseNew.Call(ctx, client, api.CaseNewRequest{})   api.CaseNew.Handle(desk.New)
//
// A [Method] ties the three together by type, so that a request of one command and
// the view of another do not compile. A command is one row here, one function of a
// desk, and one command of the program; a test fails where one of them is missing.
//
// Requests and views travel as JSON; a field that the node does not know refuses
// the call. They hold an agency's own values in the clear: they never leave the
// machine, and no error is built from them.
package api
