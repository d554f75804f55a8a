//go:build !unix

package oprf

import "time"

func cpuTime() time.Duration { return 0 }
