package replica

import (
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// hclogLogger is what raft logs through.
type hclogLogger = hclog.Logger

// bridge returns raft a logger whose warnings end up in slog.
func bridge(log *slog.Logger) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: "raft", Level: hclog.Warn, Output: &lineWriter{log}, DisableTime: true})
}

// lineWriter makes a log record of each line.
type lineWriter struct{ log *slog.Logger }

var _ io.Writer = (*lineWriter)(nil)

func (w *lineWriter) Write(p []byte) (int, error) {
	w.log.Warn("raft", "line", strings.TrimSpace(string(p)))
	return len(p), nil
}
