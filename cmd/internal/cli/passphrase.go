package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/crosscase/crosscase/crypto/keywrap"
)

// Passphrase reads a passphrase from the file that the variable env names, or asks for it
// on the terminal; a new one is asked for twice, and has the length that one must have.
func Passphrase(out io.Writer, env, prompt string, isNew bool) ([]byte, error) {
	if file := os.Getenv(env); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("passphrase: %w", err)
		}
		pass := bytes.TrimRight(data, "\r\n")
		if isNew && len(pass) < keywrap.MinPassphrase {
			return nil, tooShort("write a longer one into " + file + "; nothing else was written")
		}
		return pass, nil
	}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return nil, &UsageError{"no terminal to ask for the passphrase on", "run it on a terminal, or put the passphrase into a file and name it in " + env}
	}
	pass, err := ask(out, fd, prompt)
	if err != nil || !isNew {
		return pass, err
	}
	if len(pass) < keywrap.MinPassphrase {
		return nil, tooShort("try again; nothing was written")
	}
	again, err := ask(out, fd, prompt+", again")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(pass, again) {
		return nil, &UsageError{"the two passphrases differ", "try again; nothing was written"}
	}
	return pass, nil
}

func tooShort(next string) error {
	return &UsageError{fmt.Sprintf("a passphrase has at least %d characters", keywrap.MinPassphrase), next}
}

func ask(out io.Writer, fd int, prompt string) ([]byte, error) {
	fmt.Fprintf(out, "%s: ", prompt)
	defer fmt.Fprintln(out)
	pass, err := term.ReadPassword(fd)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	return pass, nil
}
