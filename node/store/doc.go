// Package store holds the nouns of what an agency's node keeps: items and
// reports as they come in, batches and how far each is answered, published sets,
// and dossiers of requests. It holds no behaviour and knows no database.
//
// Whoever uses a store states the methods it needs as a small interface of its own;
// [github.com/crosscase/crosscase/node/store/sqlite] implements them all. The
// errors here are the ones that every implementation returns and callers branch on.
// No error and no printed form of a noun holds a value out of a case file.
package store
