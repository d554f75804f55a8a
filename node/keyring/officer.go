package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/crosscase/crosscase/crypto/keywrap"
	"github.com/crosscase/crosscase/crypto/sign"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const officerPrefix = "crosscase-officer:"

// OfficerPublic is the text of an officer's public key, to hand to an operator.
func OfficerPublic(key ed25519.PublicKey) string {
	return officerPrefix + base64.RawURLEncoding.EncodeToString(key)
}

// ParseOfficerPublic reads such a text, or an OpenSSH ed25519 public key line.
func ParseOfficerPublic(text string) (ed25519.PublicKey, error) {
	text = strings.TrimSpace(text)
	if enc, ok := strings.CutPrefix(text, officerPrefix); ok {
		key, err := base64.RawURLEncoding.DecodeString(enc)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%w: the officer key is not 32 bytes of base64", ErrFormat)
		}
		return sound(key)
	}
	pub, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w: neither %q nor an OpenSSH public key", ErrFormat, officerPrefix+"...")
	}
	return ed25519Of(pub)
}

func ed25519Of(pub ssh.PublicKey) (ed25519.PublicKey, error) {
	if c, ok := pub.(ssh.CryptoPublicKey); ok {
		if key, ok := c.CryptoPublicKey().(ed25519.PublicKey); ok {
			return sound(key)
		}
	}
	return nil, fmt.Errorf("%w: a key of type %s; officers use ssh-ed25519", ErrFormat, pub.Type())
}

// sound refuses keys under which anybody can sign: an officer could disown every
// act, and anybody do one in the officer's name.
func sound(key ed25519.PublicKey) (ed25519.PublicKey, error) {
	if err := sign.CheckKey(key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return key, nil
}

// An OfficerKey signs as an officer. It has no printed form.
type OfficerKey struct {
	public ed25519.PublicKey
	sign   func([]byte) ([]byte, error)
}

// Format prints the public key only.
func (k OfficerKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, OfficerPublic(k.public)) }

// Public is the officer's public key.
func (k OfficerKey) Public() ed25519.PublicKey { return k.public }

// Sign signs a message.
func (k OfficerKey) Sign(message []byte) ([]byte, error) { return k.sign(message) }

func fromSeed(seed []byte) OfficerKey {
	priv := ed25519.NewKeyFromSeed(seed)
	return OfficerKey{
		public: priv.Public().(ed25519.PublicKey),
		sign:   func(m []byte) ([]byte, error) { return ed25519.Sign(priv, m), nil },
	}
}

// NewOfficerKey draws a key and writes it behind a passphrase to a new file.
func NewOfficerKey(path string, passphrase []byte) (OfficerKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	k := fromSeed(seed)
	data, err := keywrap.Wrap("officer", OfficerPublic(k.public), seed, passphrase)
	if err != nil {
		return OfficerKey{}, err
	}
	return k, create(path, data)
}

// OfficerFilePublic reads the public key of an officer's file without its passphrase.
func OfficerFilePublic(path string) (ed25519.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("officer key: %w", err)
	}
	w, err := keywrap.Parse("officer", data)
	if err != nil {
		return nil, fmt.Errorf("officer key: %w", err)
	}
	return ParseOfficerPublic(w.Public)
}

// OpenOfficerKey opens an officer's file.
func OpenOfficerKey(path string, passphrase []byte) (OfficerKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return OfficerKey{}, fmt.Errorf("officer key: %w", err)
	}
	w, err := keywrap.Parse("officer", data)
	if err != nil {
		return OfficerKey{}, fmt.Errorf("officer key: %w", err)
	}
	seed, err := w.Open(passphrase)
	if err != nil {
		return OfficerKey{}, fmt.Errorf("officer key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return OfficerKey{}, fmt.Errorf("officer key: %w: %d bytes, want %d", ErrFormat, len(seed), ed25519.SeedSize)
	}
	k := fromSeed(seed)
	if OfficerPublic(k.public) != w.Public {
		return OfficerKey{}, fmt.Errorf("officer key: %w: the public key beside it is another", ErrFormat)
	}
	return k, nil
}

// AgentKey finds an officer's key in ssh-agent, by the agent's socket
// ($SSH_AUTH_SOCK) and the key's comment or SHA256 fingerprint; an empty name
// takes the agent's only ed25519 key. The agent is called anew for each signature.
func AgentKey(socket, name string) (OfficerKey, error) {
	if socket == "" {
		return OfficerKey{}, errors.New("no ssh-agent: SSH_AUTH_SOCK is not set")
	}
	var found []*agent.Key
	err := withAgent(socket, func(a agent.Agent) error {
		keys, err := a.List()
		if err != nil {
			return fmt.Errorf("ssh-agent: %w", err)
		}
		for _, k := range keys {
			if k.Type() == ssh.KeyAlgoED25519 && (name == "" || k.Comment == name || ssh.FingerprintSHA256(k) == name) {
				found = append(found, k)
			}
		}
		return nil
	})
	if err != nil {
		return OfficerKey{}, err
	}
	if len(found) != 1 {
		return OfficerKey{}, fmt.Errorf("ssh-agent holds %d ed25519 keys that fit; name one by its comment or fingerprint", len(found))
	}
	pub, err := ssh.ParsePublicKey(found[0].Blob)
	if err != nil {
		return OfficerKey{}, fmt.Errorf("ssh-agent: %w", err)
	}
	key, err := ed25519Of(pub)
	if err != nil {
		return OfficerKey{}, err
	}
	return OfficerKey{public: key, sign: func(m []byte) ([]byte, error) {
		var sig []byte
		err := withAgent(socket, func(a agent.Agent) error {
			s, err := a.Sign(pub, m)
			if err != nil {
				return fmt.Errorf("ssh-agent did not sign: %w", err)
			}
			sig = s.Blob
			return nil
		})
		return sig, err
	}}, nil
}

func withAgent(socket string, do func(agent.Agent) error) error {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return fmt.Errorf("ssh-agent: %w", err)
	}
	defer c.Close()
	return do(agent.NewClient(c))
}
