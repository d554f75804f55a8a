//go:build stories

package main

import "testing"

// TestStories runs the longer stories: the demo, and bad days.
func TestStories(t *testing.T) { runStories(t, "testdata/stories") }
