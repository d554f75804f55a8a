package web

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"
)

// Certificate makes a certificate of an Ed25519 key for TLS. It says nothing but the
// key: whoever reads it looks up whose that is. It holds from the day before.
func Certificate(key ed25519.PrivateKey, at time.Time) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "crosscase"},
		NotBefore: at.AddDate(0, 0, -1), NotAfter: at.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// KeyOf is the Ed25519 key that the other side of a connection proved.
func KeyOf(state tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(state.PeerCertificates) != 1 {
		return nil, errors.New("not one certificate")
	}
	key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("not a certificate of an Ed25519 key")
	}
	return key, nil
}

// Client reads from servers that let in whom they know: it proves a key. Whose
// certificate the server has is not looked at: a ledger is checked by its signatures,
// wherever it comes from. Without a key it is an ordinary client.
func Client(key ed25519.PrivateKey, timeout time.Duration) (*http.Client, error) {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("another default transport")
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 8
	if key != nil {
		certificate, err := Certificate(key, time.Now())
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
	}
	return &http.Client{Transport: transport, Timeout: timeout}, nil
}
