package store

import "errors"

// Errors that callers branch on.
var (
	ErrKey      = errors.New("the store does not open with this key")
	ErrForeign  = errors.New("not a case store of this version")
	ErrCorrupt  = errors.New("the store is damaged")
	ErrFull     = errors.New("the disk is full: nothing of this step was stored")
	ErrLocked   = errors.New("another process has the store open")
	ErrNotFound = errors.New("not in the store")
	ErrReplay   = errors.New("used before")
	ErrClosed   = errors.New("the case is closed")
)
