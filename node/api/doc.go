// Package api holds the commands of a node's local API: for each its name, the
// roles that may call it, its request and its view. It holds no behaviour.
package api
